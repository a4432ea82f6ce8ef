# One image, several commands: api, workers, beat, migration. The base can come from a registry of yours:
#   docker build --build-arg BASE_IMAGE=registry.example/python:3.13-slim .
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /build
# Without pip inside: what runs installs nothing.
RUN python -m venv --without-pip /opt/ceasewire
COPY requirements.lock .
# --no-deps: the lock is complete, and leaves out 5 GB that argostranslate asks for and Ceasewire does not use.
RUN python -m pip --python /opt/ceasewire/bin/python install --quiet --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY ceasewire ceasewire
COPY worker worker
COPY api api
# Compiled now, since the root file system of what runs is read-only; the tests of others' packages are not.
RUN python -m pip --python /opt/ceasewire/bin/python install --quiet --no-cache-dir --no-deps . \
 && find /opt/ceasewire -depth -type d -name tests -path '*/site-packages/*' -exec rm -rf {} + \
 && /opt/ceasewire/bin/python -m compileall -q /opt/ceasewire/lib

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="Ceasewire" \
      org.opencontainers.image.description="Monitor of a conflict's news: polls, translates offline, tags with evidence, alerts once" \
      org.opencontainers.image.licenses="MIT"
# /models is a volume's place: a new volume takes over who owns it.
RUN groupadd --gid 1000 ceasewire && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /tmp ceasewire \
 && mkdir /data /models && chown ceasewire:ceasewire /data /models
COPY --from=build /opt/ceasewire /opt/ceasewire
COPY config /config
ENV PATH=/opt/ceasewire/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 \
    CEASEWIRE_CONFIG_DIR=/config CEASEWIRE_DATA_DIR=/data CEASEWIRE_PACKAGES_DIR=/models
USER ceasewire
EXPOSE 8642
ENTRYPOINT ["ceasewire"]
CMD ["--help"]
