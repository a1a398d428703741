/* What a supervisor may ask of sohoa-scan-worker over lib/sohoa-wire.h. One worker holds at most one device;
 * the supervisor asks one thing at a time, only "stop" may come while something else is being done.
 *
 * An answer is ("ok", results) or ("error", {name, message}). After Scan.Hang the worker is useless.
 *
 * hello     sent by the worker first, unasked: {version: s, sandbox: s, pid: i}
 * devices   {backend: s ("" = all)} → {devices: aa{sv} of {name, vendor, model, type: s}}
 * open      {device: s, limit: u (ms, shortens every deadline; 0 = as below)} → {driver: s "sane"|"escl"}
 * options   {} → {options: aa{sv} (sohoa-sane-tree.h)}: the raw option tree
 * caps      {} → {caps: a{sv} (sohoa-scan-devices.h)}
 * apply     {settings: a{sv} (sohoa-scan-profile.h), raw: as "name=value"} → {notes: as, source: s, feeder: b,
 *           duplex: b, mode: s, dpi: d, bytes: t (expected per page, 0 = not known)}
 * page      [memfd] {} → {bytes: t (expected file size, 0 = not known)}: the next sheet side is being read.
 *           Scan.NoPaper = the feeder is empty
 * read      {} → {bytes: t so far, done: b, page: a{sv} (when done, sohoa-scan-page.h)}; comes back after
 *           SOHOA_SCAN_READ_SLICE_MS at the latest when bytes flow
 * sensors   {} → {pressed: as}: names of the device's buttons that are pressed now
 * finish    {} → {}: cancel once, drain, stay open
 * close     {} → {}: finish if needed, close
 * stop      no answer of its own: what is under way ends with G_IO_ERROR_CANCELLED ("Internal")
 *
 * Every driver call has a deadline of its own, watched inside the worker by a second thread; the supervisor
 * has a longer one per question and answers both with SIGKILL. */
#pragma once

#define SOHOA_SCAN_OP_DEVICES "devices"
#define SOHOA_SCAN_OP_OPEN "open"
#define SOHOA_SCAN_OP_OPTIONS "options"
#define SOHOA_SCAN_OP_CAPS "caps"
#define SOHOA_SCAN_OP_APPLY "apply"
#define SOHOA_SCAN_OP_PAGE "page"
#define SOHOA_SCAN_OP_READ "read"
#define SOHOA_SCAN_OP_SENSORS "sensors"
#define SOHOA_SCAN_OP_FINISH "finish"
#define SOHOA_SCAN_OP_CLOSE "close"
#define SOHOA_SCAN_OP_STOP "stop"

/* Deadlines of single driver calls. */
#define SOHOA_SCAN_INIT_TIMEOUT_MS (15 * 1000)
#define SOHOA_SCAN_DEVICES_TIMEOUT_MS (30 * 1000) /* network discovery waits for answers */
#define SOHOA_SCAN_OPEN_TIMEOUT_MS (20 * 1000)
#define SOHOA_SCAN_OPTION_TIMEOUT_MS (10 * 1000)
#define SOHOA_SCAN_APPLY_TIMEOUT_MS (60 * 1000)   /* all options together */
#define SOHOA_SCAN_START_TIMEOUT_MS (90 * 1000)   /* the lamp warms up, a network device fetches the page */
#define SOHOA_SCAN_READ_TIMEOUT_MS (60 * 1000)    /* without a single byte */
#define SOHOA_SCAN_CANCEL_TIMEOUT_MS (10 * 1000)
#define SOHOA_SCAN_CLOSE_TIMEOUT_MS (10 * 1000)

#define SOHOA_SCAN_MARGIN_MS (3 * 1000)           /* the supervisor waits so much longer than the worker's own watch */
#define SOHOA_SCAN_READ_SLICE_MS 100
#define SOHOA_SCAN_STOP_GRACE_MS 300              /* after "stop" a call may return by itself, then sane_cancel is called beside it */
#define SOHOA_SCAN_DRAIN_MS (10 * 1000)           /* cancel, drain and close together, then SIGKILL */
#define SOHOA_SCAN_HELLO_TIMEOUT_MS (10 * 1000)

/* Environment: the folder made for this worker, the only one it may write to. */
#define SOHOA_SCAN_PRIVATE_DIR "SOHOA_SCAN_PRIVATE_DIR"

/* What one picture may be. */
#define SOHOA_SCAN_PAGE_MAX_BYTES (G_GUINT64_CONSTANT (600) * 1024 * 1024) /* A3, 600 dpi, colour fits */
#define SOHOA_SCAN_MAX_SIDE_PX 65000u
#define SOHOA_SCAN_MAX_DEVICES 256u
#define SOHOA_SCAN_MAX_OPTIONS 1000u
