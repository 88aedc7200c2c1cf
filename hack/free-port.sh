# To be sourced: a free loopback port, below the range from which the kernel serves outgoing connections.
free_port() {
  local port
  for _ in {1..100}; do
    port=$((10000 + RANDOM % 20000))
    (: </dev/tcp/127.0.0.1/$port) 2>/dev/null || { echo $port; return; }
  done
  echo "found no free port" >&2
  return 1
}
