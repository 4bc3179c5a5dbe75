"""Sanic under its own server, with one worker."""

from sanic import Sanic
from sanic import response

from answers import TEXT, address, json_text

app = Sanic("muster_benchmark")


@app.route("/text")
async def text(_request):
    return response.text(TEXT)


@app.route("/json")
async def json(_request):
    return response.text(json_text(), content_type="application/json")


if __name__ == "__main__":
    host, port = address()
    app.run(host=host, port=port, workers=1)
