# server: dulwich 0.21
# packages: python3-dulwich
# url: http://127.0.0.1:PORT/project.git
# versions: 0
exec /usr/bin/python3 - "$1/served" "$2" <<'SCRIPT'
import os, sys
from wsgiref.simple_server import make_server
from dulwich.repo import Repo
from dulwich.server import Backend
from dulwich.web import WSGIRequestHandlerLogger, WSGIServerLogger, make_wsgi_chain

class Folder(Backend):
    def open_repository(self, path):
        return Repo(os.path.join(sys.argv[1], path.strip("/")))

make_server("127.0.0.1", int(sys.argv[2]), make_wsgi_chain(Folder()), handler_class=WSGIRequestHandlerLogger, server_class=WSGIServerLogger).serve_forever()
SCRIPT
