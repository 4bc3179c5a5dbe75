#!/bin/sh
# A service to try the recipes with: nginx on 127.0.0.1:8080, in the foreground.
folder=$(cd "$(dirname "$0")" && pwd)
exec nginx -e stderr -p "$(mktemp -d)" -c "$folder/nginx.conf"
