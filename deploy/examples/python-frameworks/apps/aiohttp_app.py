"""aiohttp under its own server: web.run_app, as its documentation starts one."""

from aiohttp import web

from answers import TEXT, address, json_text


async def text(_request):
    return web.Response(text=TEXT)


async def json(_request):
    return web.Response(text=json_text(), content_type="application/json")


app = web.Application()
app.add_routes([web.get("/text", text), web.get("/json", json)])

if __name__ == "__main__":
    host, port = address()
    web.run_app(app, host=host, port=port)
