# docker build -t forecast . ; docker run --rm -it -v "$PWD:/work" --user "$(id -u):$(id -g)" forecast update
FROM python:3.12-slim

# PyTensor compiles the second engine's model with Numba, so that no compiler is needed.
COPY . /tmp/source
RUN pip install --no-cache-dir --constraint /tmp/source/constraints.txt /tmp/source && rm -rf /tmp/source

RUN useradd --create-home forecast && mkdir /work && chown forecast /work
USER forecast
# Whatever user runs it has a place for compiled code.
ENV HOME=/tmp
WORKDIR /work
ENTRYPOINT ["forecast"]
CMD ["--help"]
