# The HTTP server over the indexes in /indexes. Build: make image. Run: docs/server.md, "In a container".
FROM python:3.13-slim AS build
WORKDIR /askew
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir ".[server,mcp,documents]"

FROM python:3.13-slim
COPY --from=build /venv /venv
RUN useradd --create-home --uid 10001 askew && install --directory --owner=askew --group=askew /indexes /cache
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ASKEW_CACHE=/cache
USER 10001
VOLUME ["/indexes", "/cache"]
EXPOSE 7777
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7777/ready', timeout=4)"]
ENTRYPOINT ["askew"]
CMD ["serve", "/indexes", "--host", "0.0.0.0", "--port", "7777"]
