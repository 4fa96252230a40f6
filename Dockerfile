# Gateway, worker, sink and notifier: one image, the command says which.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY events events
COPY ingest ingest
COPY streams streams
COPY sinks sinks
COPY schemas schemas
COPY deskpulse deskpulse
RUN python -m venv /opt/deskpulse && /opt/deskpulse/bin/pip install --no-cache-dir .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home deskpulse && install -d -o deskpulse -m 0700 /var/lib/deskpulse /var/spool/deskpulse
COPY --from=build /opt/deskpulse /opt/deskpulse
ENV PATH=/opt/deskpulse/bin:$PATH PYTHONUNBUFFERED=1 DESKPULSE_DATA=/var/lib/deskpulse
USER deskpulse
WORKDIR /var/lib/deskpulse
ENTRYPOINT ["deskpulse"]
