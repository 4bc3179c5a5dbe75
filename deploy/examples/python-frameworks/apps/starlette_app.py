"""Starlette. Run by uvicorn, which its documentation recommends, with uvloop and httptools."""

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from answers import TEXT, json_text


async def text(_request):
    return PlainTextResponse(TEXT)


async def json(_request):
    return Response(json_text(), media_type="application/json")


app = Starlette(routes=[Route("/text", text), Route("/json", json)])
