#!/bin/sh
mkdir -p /run/app
/app/server --port 80
