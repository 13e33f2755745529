#!/bin/sh
mkdir -p /run/app
exec /app/server --port 80
