# One image, several commands: api, workers, beat, migration. The base can come from a registry of yours:
#   docker build --build-arg BASE_IMAGE=registry.example/python:3.13-slim .
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /build
RUN python -m venv /opt/ceasewire
COPY requirements.lock .
# --no-deps: the lock is complete, and leaves out 5 GB that argostranslate asks for and Ceasewire does not use.
RUN /opt/ceasewire/bin/python -m pip install --quiet --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY ceasewire ceasewire
COPY worker worker
COPY api api
RUN /opt/ceasewire/bin/python -m pip install --quiet --no-cache-dir --no-deps . \
 && /opt/ceasewire/bin/python -m compileall -q /opt/ceasewire/lib

FROM ${BASE_IMAGE}
RUN groupadd --gid 1000 ceasewire && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /data ceasewire \
 && mkdir /data && chown ceasewire:ceasewire /data
COPY --from=build /opt/ceasewire /opt/ceasewire
COPY config /config
ENV PATH=/opt/ceasewire/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 \
    REMAP_SIGTERM=SIGQUIT \
    CEASEWIRE_CONFIG_DIR=/config CEASEWIRE_DATA_DIR=/data
USER ceasewire
VOLUME /data
EXPOSE 8642
ENTRYPOINT ["ceasewire"]
CMD ["--help"]
