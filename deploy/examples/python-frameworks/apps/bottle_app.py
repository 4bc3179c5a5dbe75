"""Bottle. Run as a program: under wsgiref, the server that bottle.run() takes by default. `app` is for WSGI servers."""

import bottle

from answers import TEXT, address, json_text

app = bottle.Bottle()


@app.get("/text")
def text():
    bottle.response.content_type = "text/plain; charset=utf-8"
    return TEXT


@app.get("/json")
def json():
    bottle.response.content_type = "application/json"
    return json_text()


if __name__ == "__main__":
    host, port = address()
    bottle.run(app, host=host, port=port)
