"""Pyramid. Run as a program: under wsgiref, as the first page of its documentation does. `app` is for WSGI servers."""

from wsgiref.simple_server import make_server

from pyramid.config import Configurator
from pyramid.response import Response

from answers import TEXT, address, json_text


def text(_request):
    return Response(TEXT, content_type="text/plain", charset="utf-8")


def json(_request):
    return Response(json_text(), content_type="application/json", charset="utf-8")


with Configurator() as config:
    config.add_route("text", "/text")
    config.add_view(text, route_name="text")
    config.add_route("json", "/json")
    config.add_view(json, route_name="json")
    app = config.make_wsgi_app()

if __name__ == "__main__":
    host, port = address()
    make_server(host, port, app).serve_forever()
