# A certificate for 127.0.0.1: certificate.sh FOLDER makes FOLDER/authority.pem, which clients then trust, and FOLDER/authority.key.
set -eu
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$1/authority.key" -out "$1/authority.pem" 2>/dev/null
