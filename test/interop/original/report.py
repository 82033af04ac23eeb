"""Stand-in for the module `report`, as far as the documented examples use it: the log on standard output.

Written for these tests from the documented log; it is not the original's code.
"""

import logging
import sys

LOG_FORMAT = "%(asctime)s: %(levelname)8s - %(name)s - %(message)s"


def stdoutLoggingConfigure(log_name_lvl=()):
    """Prints the lines of the loggers named in `log_name_lvl`, a list of (name, level); `root` is all of them."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter(LOG_FORMAT))
    for name, level in log_name_lvl:
        logger = logging.getLogger(None if name == "root" else name)
        logger.setLevel(level)
        logger.addHandler(handler)
