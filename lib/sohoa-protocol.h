/* What a supervisor may ask of sohoa-page-worker over sohoa-wire.h. The worker is the only program
 * that parses foreign bytes; it gets descriptors and returns values. All arguments and results are
 * members of a{sv}; "page" counts from 1; every text is UTF-8 NFC.
 *
 * Descriptors are passed in the order given in [..]. The worker reads inputs with pread() and writes
 * outputs from offset 0; it never opens anything. Outputs are memfds or files of the supervisor.
 *
 * An answer is ("ok", results) or ("error", {name, message}); after an error the worker is still
 * good. A worker that dies or passes its deadline is killed and replaced; the page is tried once more
 * and then set aside with the reason.
 *
 * hello       sent by the worker first, unasked: {version: s, sandbox: s "strict"|"seccomp"|"relaxed", pid: i}
 * probe       [input] {name: s} → {kind: s "pdf"|"tiff"|"jpeg"|"png"|"jp2"|"webp"|"pnm", original: b,
 *             reason: s (why original, else ""), signatures: u,
 *             pages: aa{sv} of {width: u, height: u (px, 0 for an original's page), dpi: d, scan: b}}
 * capture     [scanned, picture-out] {raster: b (a file of plain pixels: encode it), quality: u (JPEG)} →
 *             {encoded: b (picture-out holds the page's file), blank: b, skew: d, quality: as (sohoa-page-quality.h),
 *             patch-t: b, codes: as ("qr:TEXT" …), width: u, height: u, dpi: d}
 * gate        [input] {name: s, page: u, first: b, original: b} → {verdict: s "clear"|"marked"|"unsure",
 *             mark: s ("MẬT"…, never logged), reason: s, turn: u, urgency: u 0-4 of the first page}
 * page        [input, image-out] {name: s, page: u, original: b, options: a{sv} (recognise: b, turn: u degrees clockwise, a
 *             guess that counts when nothing shows which way is up; turn-hint: u how the pile's other pages lie;
 *             limits-ms: (uu) for recognition and for a second try from a smaller copy, flag read-small)} →
 *             {image: a{sv} (sohoa-image-stream.h; offset 0; absent for an original's page),
 *              text: v (sohoa-text-layer.h), secrecy: s (second net of the gate: "" or the mark),
 *              width: u, height: u, dpi: d, rotation: u, skew: d, blank: b, ocr-status: s, flags: as,
 *              findings: a(sds) what, confidence, reason; print: ay (sohoa-sheet.h; absent for little ink)}
 * fields      [text-spool] {texts: a(tt) offset,length of each page's serialised text layer,
 *             record: s (JSON so far: pages, profile), urgency: u (from the gate), options: a{sv} (set: as "Field=value", strict: b)} → {record: s (JSON with fields,
 *             parts, needs_person, deviations)}
 * write-pdf   [image-spool, text-spool, pdf-out, seal-png (may be absent)] {record: s, images: aa{sv}, texts: a(tt),
 *             time: x (µs), conformance: s "2u", block: as (lines of the signature text; absent = made from
 *             the record's CopyForm, agency and time; empty = no visible text), agency: s, signature: b
 *             (leave a placeholder), name: s, reason: s, location: s, seal-mm: d, first-page: u, part: u, n-parts: u
 *             (of a document in several files)} → {placeholder: a{sv} (see below),
 *             size: t, block: as (as written), deviations: as}
 * read-back   [pdf, image-spool, text-spool] {images: aa{sv}, texts: a(tt), block: as} →
 *             {ok: b, findings: as}
 * about       [pdf] {} → {about: s JSON: what the file claims, shows and holds}
 * append      [original-pdf, pdf-out] {time: x, block: as, agency: s, record: s, name: s, reason: s} →
 *             {placeholder: a{sv}, size: t, block: as}
 * verify      [pdf, trust-pem (may be empty)] {time: x (µs, absent = now), evidence: v (aayaayaay: certificates,
 *             OCSP answers, CRLs that were fetched), need-revocation: b} → {report: s JSON: status VALID|
 *             VALID-BUT-CHANGED|INVALID|UNKNOWN|NONE, level, signatures: […]; leaves: aay, carried: aay (certificates of
 *             signers and time stamps, and all others at hand, DER)}
 * evidence    [pdf, pdf-out] {evidence: v (aayaayaay, may be empty), timestamp: b, time: x} → {placeholder: a{sv} (of the
 *             document time stamp), size: t}
 * preview     [image-spool or input, pixels-out] {image: a{sv} or name+page, rotation: u,
 *             box: (dddd) fractions of the upright page, size: u longest side px} →
 *             {width: u, height: u, stride: u} (RGB24 rows in pixels-out)
 *
 * placeholder: {byte-range-offset: t (of '['), byte-range-length: t (room for the text), contents-offset: t
 *             (of '<'), contents-length: t (with '<' and '>')} */
#pragma once

#define SOHOA_OP_HELLO "hello"
#define SOHOA_OP_PROBE "probe"
#define SOHOA_OP_CAPTURE "capture"
#define SOHOA_OP_GATE "gate"
#define SOHOA_OP_PAGE "page"
#define SOHOA_OP_FIELDS "fields"
#define SOHOA_OP_WRITE_PDF "write-pdf"
#define SOHOA_OP_READ_BACK "read-back"
#define SOHOA_OP_APPEND "append"
#define SOHOA_OP_VERIFY "verify"
#define SOHOA_OP_EVIDENCE "evidence"
#define SOHOA_OP_ABOUT "about"
#define SOHOA_OP_PREVIEW "preview"

#define SOHOA_ANSWER_OK "ok"
#define SOHOA_ANSWER_ERROR "error"

/* The worker's end of the pair is always this descriptor. */
#define SOHOA_WORKER_FD 3

/* Deadlines; a supervisor may only shorten them. */
#define SOHOA_PROBE_TIMEOUT_MS (30 * 1000)
#define SOHOA_GATE_TIMEOUT_MS (40 * 1000)
#define SOHOA_PAGE_TIMEOUT_MS (55 * 1000)
#define SOHOA_DOCUMENT_TIMEOUT_MS (10 * 60 * 1000) /* fields, write-pdf, read-back, append, verify */

/* What one worker may use. */
#define SOHOA_WORKER_MEMORY_BYTES (G_GUINT64_CONSTANT (900) * 1024 * 1024)
#define SOHOA_INPUT_MAX_BYTES (G_GUINT64_CONSTANT (2) * 1024 * 1024 * 1024 - 1)
#define SOHOA_INPUT_MAX_PAGES 5000u
