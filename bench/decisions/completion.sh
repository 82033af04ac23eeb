#!/usr/bin/env bash
# docs/decisions/completion.md: a hundred times Tab, and ten starts of the program.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=dist/src/cli/main.js
source <(node $program completion bash)
COMP_WORDS=(socket-protocol request --re) COMP_CWORD=2
tab() { for _ in {1..100}; do _socket_protocol || true; done; }
start() { for _ in {1..10}; do node "$@" >/dev/null; done; }
echo 'Tab, 100 times'; time tab
echo 'the program, 10 times'; time start $program --version
echo 'Node alone, 10 times'; time start -e 0
