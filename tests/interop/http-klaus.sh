# server: klaus 2.0
# packages: klaus
# url: http://127.0.0.1:PORT/project
# versions: 0
exec /usr/bin/python3 - "$1/served/project.git" "$2" <<'SCRIPT'
import sys
from wsgiref.simple_server import make_server
from klaus import make_app

make_server("127.0.0.1", int(sys.argv[2]), make_app([sys.argv[1]], "interop", use_smarthttp=True)).serve_forever()
SCRIPT
