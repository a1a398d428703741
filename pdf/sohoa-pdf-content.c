#include "sohoa-pdf-content.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 8u            /* forms within forms */
#define MAX_OPERATORS 3000000u  /* of one page, forms included */
#define MAX_CONTENT_BYTES (128u * 1024 * 1024)
#define MAX_STATES 512u         /* q within q */
#define MAX_OPERANDS 16u

typedef struct {
  SohoaMatrix ctm;
  double      clip[4];
  gint        text_mode;
  gboolean    type3;       /* the font in use ignores the text mode */
  gboolean    white;       /* fill colour */
  gboolean    transparent; /* alpha, blend mode or soft mask */
} State;

typedef struct {
  const SohoaPdfFile *pdf;
  SohoaPdfContent *out;
  guint            operators;
} Scan;

typedef struct {
  double   numbers[MAX_OPERANDS];
  guint    n_numbers;
  char     name[128]; /* last name operand, with slash */
  gboolean string;    /* a string that is not empty stood among the operands */
} Operands;

typedef struct {
  const guint8 *p, *end;
} Cursor;

static SohoaMatrix
multiply (SohoaMatrix m, SohoaMatrix n)
{
  return (SohoaMatrix){ m.a * n.a + m.b * n.c, m.a * n.b + m.b * n.d, m.c * n.a + m.d * n.c,
                        m.c * n.b + m.d * n.d, m.e * n.a + m.f * n.c + n.e, m.e * n.b + m.f * n.d + n.f };
}

static void
visible (Scan *scan, const char *what)
{
  if (scan->out->images == 0) {
    if (scan->out->before == NULL)
      scan->out->before = what;
  } else if (scan->out->after == NULL) {
    scan->out->after = what;
  }
}

/* ---- tokens ---- */

static gboolean
is_space (guint8 c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

static gboolean
is_delimiter (guint8 c)
{
  return is_space (c) || strchr ("()<>[]{}/%", c) != NULL;
}

static gboolean
skip_string (Cursor *c)
{
  guint depth = 1;
  const guint8 *start = ++c->p;

  for (; c->p < c->end && depth > 0; c->p++) {
    if (*c->p == '\\')
      c->p++;
    else if (*c->p == '(')
      depth++;
    else if (*c->p == ')')
      depth--;
  }
  if (c->p > c->end)
    c->p = c->end;
  return c->p - start > 1;
}

static void
add_number (Operands *o, const char *word)
{
  if (o->n_numbers == MAX_OPERANDS) {
    memmove (o->numbers, o->numbers + 1, sizeof o->numbers - sizeof o->numbers[0]);
    o->n_numbers--;
  }
  o->numbers[o->n_numbers++] = g_ascii_strtod (word, NULL);
}

/* The next operator, its operands gathered; FALSE at the end. */
static gboolean
next_operator (Cursor *c, Operands *o, char *op, gsize room)
{
  memset (o, 0, sizeof *o);
  while (c->p < c->end) {
    guint8 ch = *c->p;
    char word[128];
    gsize n = 0;

    if (is_space (ch) || ch == '[' || ch == ']' || ch == '{' || ch == '}' || ch == ')') {
      c->p++;
    } else if (ch == '%') {
      while (c->p < c->end && *c->p != '\n' && *c->p != '\r')
        c->p++;
    } else if (ch == '(') {
      o->string |= skip_string (c);
    } else if (ch == '<' || ch == '>') {
      if (c->p + 1 < c->end && c->p[1] == ch) {
        c->p += 2;
      } else {
        const guint8 *start = ++c->p;

        while (ch == '<' && c->p < c->end && *c->p != '>')
          c->p++;
        o->string |= c->p > start;
      }
    } else {
      do {
        if (n + 1 < sizeof word)
          word[n++] = (char) *c->p;
        c->p++;
      } while (c->p < c->end && !is_delimiter (*c->p));
      word[n] = '\0';
      if (word[0] == '/')
        g_strlcpy (o->name, word, sizeof o->name);
      else if (g_ascii_isdigit (word[0]) || strchr ("+-.", word[0]) != NULL)
        add_number (o, word);
      else {
        g_strlcpy (op, word, room);
        return TRUE;
      }
    }
  }
  return FALSE;
}

/* After ID: to behind the EI that ends the data. */
static void
skip_inline_image (Cursor *c)
{
  for (; c->p + 3 < c->end; c->p++)
    if (is_space (c->p[0]) && c->p[1] == 'E' && c->p[2] == 'I' && is_space (c->p[3])) {
      c->p += 3;
      return;
    }
  c->p = c->end;
}

/* ---- painting ---- */

static void
clip_to (State *s, const double *box)
{
  s->clip[0] = MAX (s->clip[0], box[0]);
  s->clip[1] = MAX (s->clip[1], box[1]);
  s->clip[2] = MIN (s->clip[2], box[2]);
  s->clip[3] = MIN (s->clip[3], box[3]);
}

static void
grow (double *box, const SohoaMatrix *m, double x, double y)
{
  double px = m->a * x + m->c * y + m->e, py = m->b * x + m->d * y + m->f;

  box[0] = MIN (box[0], px);
  box[1] = MIN (box[1], py);
  box[2] = MAX (box[2], px);
  box[3] = MAX (box[3], py);
}

static void
reset_box (double *box)
{
  box[0] = box[1] = G_MAXDOUBLE;
  box[2] = box[3] = -G_MAXDOUBLE;
}

static void scan_stream (Scan *scan, GBytes *bytes, qpdf_oh resources, State state, guint depth);

static void
paint_image (Scan *scan, const State *state, qpdf_oh image)
{
  if (scan->out->images > 0 && scan->out->after == NULL)
    scan->out->after = "more than one image";
  if (state->transparent)
    scan->out->trouble = "transparency";
  scan->out->images++;
  scan->out->image = image;
  scan->out->matrix = state->ctm;
  memcpy (scan->out->clip, state->clip, sizeof scan->out->clip);
}

static void
paint_xobject (Scan *scan, const State *state, qpdf_oh resources, const char *name, guint depth)
{
  const SohoaPdfFile *pdf = scan->pdf;
  qpdf_oh object = sohoa_pdf_file_get (pdf, sohoa_pdf_file_get (pdf, resources, "/XObject"), name), own;
  State inner = *state;
  double m[6], b[4], box[4];
  g_autoptr(GBytes) bytes = NULL;

  if (!qpdf_oh_is_stream (pdf->qpdf, object))
    return;
  if (sohoa_pdf_file_is_name (pdf, sohoa_pdf_file_get (pdf, object, "/Subtype"), "Image")) {
    paint_image (scan, state, object);
    return;
  }
  if (depth >= MAX_DEPTH) {
    scan->out->trouble = "forms nested too deep";
    return;
  }
  if (sohoa_pdf_file_numbers (pdf, sohoa_pdf_file_get (pdf, object, "/Matrix"), 6, m))
    inner.ctm = multiply ((SohoaMatrix){ m[0], m[1], m[2], m[3], m[4], m[5] }, inner.ctm);
  if (sohoa_pdf_file_numbers (pdf, sohoa_pdf_file_get (pdf, object, "/BBox"), 4, b)) {
    reset_box (box);
    for (guint i = 0; i < 4; i++)
      grow (box, &inner.ctm, b[i & 1 ? 2 : 0], b[i & 2 ? 3 : 1]);
    clip_to (&inner, box);
  }
  own = sohoa_pdf_file_get (pdf, object, "/Resources");
  bytes = sohoa_pdf_file_stream (pdf, object, TRUE);
  if (bytes != NULL)
    scan_stream (scan, bytes, qpdf_oh_is_dictionary (pdf->qpdf, own) ? own : resources, inner, depth + 1);
}

static void
use_graphics_state (Scan *scan, State *state, qpdf_oh resources, const char *name)
{
  const SohoaPdfFile *pdf = scan->pdf;
  qpdf_oh gs = sohoa_pdf_file_get (pdf, sohoa_pdf_file_get (pdf, resources, "/ExtGState"), name);
  const char *mode;

  if (sohoa_pdf_file_number (pdf, sohoa_pdf_file_get (pdf, gs, "/ca"), 1) < 1
      || qpdf_oh_is_dictionary (pdf->qpdf, sohoa_pdf_file_get (pdf, gs, "/SMask")))
    state->transparent = TRUE;
  mode = sohoa_pdf_file_name (pdf, sohoa_pdf_file_get (pdf, gs, "/BM"));
  if (*mode != '\0' && strcmp (mode, "Normal") != 0 && strcmp (mode, "Compatible") != 0)
    state->transparent = TRUE;
}

/* A path in the making: its bounding box, and whether W waits for the next painting operator. */
typedef struct {
  double   box[4];
  gboolean clipping;
} Path;

static void
path_operator (Scan *scan, State *state, Path *path, const Operands *o, const char *op)
{
  const double *v = o->numbers;
  static const char *const fills[] = { "f", "F", "f*", NULL };
  static const char *const strokes[] = { "S", "s", "B", "B*", "b", "b*", NULL };
  gboolean fill = g_strv_contains (fills, op), stroke = g_strv_contains (strokes, op);

  if (strcmp (op, "re") == 0 && o->n_numbers >= 4) {
    grow (path->box, &state->ctm, v[0], v[1]);
    grow (path->box, &state->ctm, v[0] + v[2], v[1] + v[3]);
  } else if (strchr ("mlcvy", op[0]) != NULL && op[1] == '\0') {
    for (guint i = 0; i + 1 < o->n_numbers; i += 2)
      grow (path->box, &state->ctm, v[i], v[i + 1]);
  } else if (op[0] == 'W') {
    path->clipping = TRUE;
  } else if (fill || stroke || strcmp (op, "n") == 0) {
    gboolean inside = path->box[0] < state->clip[2] && path->box[2] > state->clip[0]
                      && path->box[1] < state->clip[3] && path->box[3] > state->clip[1];

    if (inside && (stroke || (fill && (!state->white || scan->out->images > 0))))
      visible (scan, "line art");
    if (path->clipping)
      clip_to (state, path->box);
    path->clipping = FALSE;
    reset_box (path->box);
  }
}

static void
color_operator (State *state, const Operands *o, const char *op)
{
  double sum = 0;

  for (guint i = 0; i < o->n_numbers; i++)
    sum += o->numbers[i];
  if (strcmp (op, "g") == 0)
    state->white = sum >= 0.999;
  else if (strcmp (op, "rg") == 0)
    state->white = sum >= 2.999;
  else if (strcmp (op, "k") == 0)
    state->white = sum <= 0.001;
  else if (strcmp (op, "sc") == 0 || strcmp (op, "scn") == 0)
    state->white = (o->n_numbers == 1 && sum >= 0.999) || (o->n_numbers == 3 && sum >= 2.999);
  else if (strcmp (op, "cs") == 0)
    state->white = FALSE;
}

static void
text_operator (Scan *scan, State *state, qpdf_oh resources, const Operands *o, const char *op)
{
  if (strcmp (op, "Tr") == 0 && o->n_numbers > 0) {
    state->text_mode = (gint) o->numbers[o->n_numbers - 1];
  } else if (strcmp (op, "Tf") == 0) {
    qpdf_oh font = sohoa_pdf_file_get (scan->pdf, sohoa_pdf_file_get (scan->pdf, resources, "/Font"), o->name);

    state->type3 = sohoa_pdf_file_is_name (scan->pdf, sohoa_pdf_file_get (scan->pdf, font, "/Subtype"), "Type3");
  } else if (strcmp (op, "Tj") == 0 || strcmp (op, "TJ") == 0 || strcmp (op, "'") == 0 || strcmp (op, "\"") == 0) {
    if (o->string && (state->text_mode != 3 || state->type3))
      visible (scan, "text");
  }
}

static void
scan_stream (Scan *scan, GBytes *bytes, qpdf_oh resources, State state, guint depth)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  Cursor cursor = { data, data + MIN (size, MAX_CONTENT_BYTES) };
  g_autoptr(GArray) saved = g_array_new (FALSE, FALSE, sizeof (State));
  Operands o;
  Path path = { .clipping = FALSE };
  char op[128];

  reset_box (path.box);
  while (next_operator (&cursor, &o, op, sizeof op)) {
    if (++scan->operators > MAX_OPERATORS) {
      scan->out->trouble = "too many operators";
      return;
    }
    if (strcmp (op, "q") == 0) {
      if (saved->len < MAX_STATES)
        g_array_append_val (saved, state);
      else
        scan->out->trouble = "states nested too deep";
    } else if (strcmp (op, "Q") == 0) {
      if (saved->len > 0) {
        state = g_array_index (saved, State, saved->len - 1);
        g_array_set_size (saved, saved->len - 1);
      }
    } else if (strcmp (op, "cm") == 0 && o.n_numbers >= 6) {
      const double *v = o.numbers + o.n_numbers - 6;

      state.ctm = multiply ((SohoaMatrix){ v[0], v[1], v[2], v[3], v[4], v[5] }, state.ctm);
    } else if (strcmp (op, "Do") == 0) {
      paint_xobject (scan, &state, resources, o.name, depth);
    } else if (strcmp (op, "gs") == 0) {
      use_graphics_state (scan, &state, resources, o.name);
    } else if (strcmp (op, "ID") == 0) {
      skip_inline_image (&cursor);
      visible (scan, "inline image");
    } else if (strcmp (op, "sh") == 0) {
      visible (scan, "shading");
    } else if (op[0] == 'T' || op[0] == '\'' || op[0] == '"') {
      text_operator (scan, &state, resources, &o, op);
    } else {
      color_operator (&state, &o, op);
      path_operator (scan, &state, &path, &o, op);
    }
  }
}

gboolean
sohoa_pdf_content_scan (const SohoaPdfFile *pdf, qpdf_oh page, const double *box, SohoaPdfContent *out)
{
  unsigned char *data = NULL;
  size_t size = 0;
  Scan scan = { .pdf = pdf, .out = out };
  State state = { .ctm = { 1, 0, 0, 1, 0, 0 } };
  g_autoptr(GBytes) bytes = NULL;

  memset (out, 0, sizeof *out);
  memcpy (state.clip, box, sizeof state.clip);
  if (qpdf_oh_get_page_content_data (pdf->qpdf, page, &data, &size) & QPDF_ERRORS)
    return FALSE;
  bytes = g_bytes_new_with_free_func (data, size, free, data);
  scan_stream (&scan, bytes, sohoa_pdf_file_get (pdf, page, "/Resources"), state, 0);
  return TRUE;
}
