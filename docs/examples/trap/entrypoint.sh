#!/bin/sh
trap 'kill $server $worker; wait' TERM
/app/server --port 80 &
server=$!
/app/worker &
worker=$!
wait
