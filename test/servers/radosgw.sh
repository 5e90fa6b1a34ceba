#!/usr/bin/env bash
# Starts a Ceph cluster of one node, in memory, with its S3 gateway on 127.0.0.1, and stops it again.
#
#   radosgw.sh start FOLDER PORT   uses PORT, PORT + 1 and PORT + 2; returns once the gateway answers
#   radosgw.sh stop FOLDER         ends what `start` began, by the process ids noted there
#
# The gateway knows one user: access key TESTKEY, secret TESTSECRET. Needs root, some 600 MB of memory
# and Debian's packages, which it installs where they are missing.
set -eEuo pipefail

action=${1:?start or stop}
folder=$(realpath -m "${2:?a folder}")

stop() {
  local file
  for file in "$folder"/run/*.pid; do
    [[ -s $file ]] && kill "$(<"$file")" 2>/dev/null || true
  done
}

install_packages() {
  # Test files that run at the same time ask for the packages at the same time.
  exec 8>"${TMPDIR:-/tmp}/prism-radosgw.lock"
  flock 8
  install_missing_packages
  exec 8>&-
}

install_missing_packages() {
  local program missing=
  # Asked for several at once, `command -v` is content with one.
  for program in radosgw monmaptool ceph-mon ceph-osd ceph-mgr; do
    command -v "$program" >/dev/null || missing=yes
  done
  [[ -n $missing ]] || return 0
  echo 'installing radosgw' >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq radosgw ceph-mon ceph-osd ceph-mgr ceph-common >/dev/null
}

write_configuration() {
  local port=$1
  cat >"$CEPH_CONF" <<EOF
[global]
fsid = $(</proc/sys/kernel/random/uuid)
mon_initial_members = a
mon_host = v1:127.0.0.1:$((port + 1))
public_addr = 127.0.0.1
ms_bind_msgr2 = true
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
keyring = $folder/keyring
log_file = $folder/log/\$name.log
admin_socket = $folder/run/\$name.asok
pid_file = $folder/run/\$name.pid
mon_data = $folder/mon
mgr_data = $folder/mgr
osd_data = $folder/osd
rgw_data = $folder/rgw
mgr_initial_modules =
mon_data_avail_warn = 1
mon_data_avail_crit = 0
mon_max_pg_per_osd = 2000
mon_allow_pool_size_one = true
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_crush_chooseleaf_type = 0

[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$port
EOF
}

wait_for() {
  local what=$1
  shift
  for _ in $(seq 240); do
    "$@" && return
    sleep 0.25
  done
  echo "$what did not come up within a minute; its log is in $folder/log" >&2
  return 1
}

osd_is_up() { ceph osd stat 2>/dev/null | grep -q ' 1 up'; }
gateway_answers() { curl -s -o /dev/null -m 1 "http://127.0.0.1:$port/"; }

start() {
  local port=$1
  install_packages
  rm -rf "$folder"
  mkdir -p "$folder"/{mon,mgr,osd,rgw,run,log}
  export CEPH_CONF=$folder/ceph.conf
  write_configuration "$port"

  ceph-authtool --create-keyring "$folder/keyring" --gen-key --name mon. --cap mon 'allow *' >/dev/null
  for name in client.admin client.rgw mgr.x osd.0; do
    ceph-authtool "$folder/keyring" --gen-key --name "$name" \
      --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' >/dev/null
  done
  local fsid
  fsid=$(sed -n 's/^fsid = //p' "$CEPH_CONF")
  monmaptool --create --clobber --fsid "$fsid" --addv a "[v1:127.0.0.1:$((port + 1)),v2:127.0.0.1:$((port + 2))]" \
    "$folder/monmap" >/dev/null

  ceph-mon --mkfs --id a --monmap "$folder/monmap" --keyring "$folder/keyring"
  ceph-mon --id a
  ceph-mgr --id x
  local osd
  osd=$(</proc/sys/kernel/random/uuid)
  ceph osd new "$osd" >/dev/null
  ceph-osd --id 0 --mkfs --osd-uuid "$osd" >"$folder/log/mkfs.log" 2>&1
  ceph-osd --id 0 >/dev/null
  wait_for 'the object storage daemon' osd_is_up
  radosgw --name client.rgw >"$folder/log/radosgw.log" 2>&1
  wait_for 'the gateway' gateway_answers
  radosgw-admin user create --uid=test --display-name=test --access-key=TESTKEY --secret-key=TESTSECRET >/dev/null
}

case $action in
  start)
    port=${3:?a port}
    trap 'stop' ERR
    start "$port"
    ;;
  stop) stop ;;
  *) echo "no action $action" >&2; exit 2 ;;
esac
