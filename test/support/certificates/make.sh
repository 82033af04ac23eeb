#!/bin/sh
# Makes the certificates of the tests anew (OpenSSL 3). All but expired.pem are valid for a hundred years: until 2126.
# The keys protect nothing: everybody has them.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }

# sign NAME EXTENSIONS START END OPTIONS...: NAME.pem of NAME.csr
sign() {
  name=$1 extensions=$2 start=$3 end=$4
  shift 4
  rm -f "$work/index" "$work/index.attr"
  : > "$work/index"
  cat > "$work/ca.cnf" <<END
[ca]
default_ca = it
[it]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = optional
organizationName = optional
organizationalUnitName = optional
[extensions]
$extensions
END
  openssl ca -batch -notext -preserveDN -config "$work/ca.cnf" -in "$work/$name.csr" -out "$name.pem" \
    -startdate "$start" -enddate "$end" "$@" 2>/dev/null
}

# authority NAME SUBJECT
authority() {
  key "$work/$1"
  openssl req -new -key "$work/$1.key" -subj "$2" -out "$work/$1.csr"
  sign "$1" "basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash" 20200101000000Z 21260101000000Z -selfsign -keyfile "$work/$1.key"
}

# leaf NAME SUBJECT AUTHORITY ALTNAMES [START END]
leaf() {
  key "$1"
  openssl req -new -key "$1.key" -subj "$2" -out "$work/$1.csr"
  sign "$1" "basicConstraints = critical,CA:FALSE
${4:+subjectAltName = $4}" "${5:-20200101000000Z}" "${6:-21260101000000Z}" -keyfile "$work/$3.key" -cert "$3.pem"
}

authority authority "/CN=authority of the tests"
authority stranger-authority "/CN=another authority"
leaf server "/CN=localhost" authority "DNS:localhost,IP:127.0.0.1,IP:::1"
leaf renewed "/CN=renewed.localhost" authority "DNS:localhost,IP:127.0.0.1,IP:::1"
leaf elsewhere "/CN=elsewhere.example" authority "DNS:elsewhere.example"
leaf expired "/CN=localhost" authority "DNS:localhost,IP:127.0.0.1" 20200101000000Z 20210101000000Z
leaf client "/O=tests/OU=kitchen/OU=ground floor/CN=thermostat" authority "DNS:thermostat.local,email:thermostat@example.org"
leaf stranger "/CN=stranger" stranger-authority ""
openssl pkcs8 -topk8 -in server.key -out server-encrypted.key -passout pass:open-sesame -v2 aes-256-cbc
rm -f ./*.old
