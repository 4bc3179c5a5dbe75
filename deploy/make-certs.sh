#!/bin/sh
# Makes a laboratory's certificates for Muster's control channel: one CA, one certificate for the master
# and one for each worker, valid 30 days. Not for production: the CA's key lies beside the rest.
#
#   deploy/make-certs.sh DIR MASTER_NAME_OR_ADDRESS [WORKER_NAME ...]
set -eu
if [ $# -lt 2 ]; then
  echo "usage: $0 DIR MASTER_NAME_OR_ADDRESS [WORKER_NAME ...]" >&2
  exit 2
fi
dir=$1 master=$2
shift 2
mkdir -p "$dir"
umask 077

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
  -subj "/CN=Muster laboratory CA" -addext "basicConstraints=critical,CA:TRUE" \
  -addext "keyUsage=critical,keyCertSign,cRLSign" \
  -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null

# make NAME SUBJECT_ALTERNATIVE_NAME
make() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
    -keyout "$dir/$1.key" -out "$dir/$1.csr" 2>/dev/null
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$2" > "$dir/$1.ext"
  openssl x509 -req -in "$dir/$1.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial \
    -days 30 -extfile "$dir/$1.ext" -out "$dir/$1.pem" 2>/dev/null
  rm "$dir/$1.csr" "$dir/$1.ext"
}

case $master in
  *[!0-9.]*:* | *:*) make master "IP:$master" ;;
  *[!0-9.]*) make master "DNS:$master" ;;
  *) make master "IP:$master" ;;
esac
for worker in "$@"; do make "$worker" "DNS:$worker"; done
echo "certificates in $dir: ca.pem, master.pem, master.key$(for w in "$@"; do printf ', %s.pem, %s.key' "$w" "$w"; done)"
