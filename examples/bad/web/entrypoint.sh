#!/bin/sh
set -e

if [ -n "$DATA_DIR" ]; then
    mkdir -p "$DATA_DIR"
fi

"$@"
