/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The report of a call as text of 80 columns: below each turn of the caller a
 * bar for each thing that he waited for, all to one scale, and what became of
 * the reply.
 *
 * Threads: one at a time. Locks: none.
 */
#include "report-call.h"

#include "calls-private.h"
#include "record-exchange.h"

#include <string.h>

#define COLUMNS 80
#define NAME_COLUMNS 18
/* `  name  1.23  ` stands before it. */
#define BAR_COLUMNS 51

/* What is longer than this is cut off; the scale is for the rest. */
#define LONGEST (10 * G_USEC_PER_SEC)
#define SHORTEST (G_USEC_PER_SEC / 2)

static const gchar *const hop_labels[EXCHANGE_N_HOPS] = {
  [EXCHANGE_RECOGNISED] = "recognised",
  [EXCHANGE_DECIDED] = "turn decided",
  [EXCHANGE_TOKEN] = "first token",
  [EXCHANGE_SENTENCE] = "first sentence",
  [EXCHANGE_SOUND] = "first sound",
  [EXCHANGE_PLAYOUT] = "played out",
};

typedef struct
{
  const Record *record;
  const TextStyle *style;
  GString *out;
  gint64 scale;                 /* what a whole bar is */
} Page;

/* The text as one line that fits, marked if it was cut. */
static void
append_fitting (GString * out, const gchar * text, guint columns)
{
  gchar *line = text_printable (text);

  if (text_width (line) > columns) {
    g_string_append_len (out, line, text_fit (line, columns - 1));
    g_string_append (out, "…");
  } else {
    g_string_append (out, line);
  }
  g_free (line);
}

static void
append_name (Page * page, const gchar * name, const gchar * mark)
{
  gsize at;
  guint width;

  g_string_append_printf (page->out, "  %s", mark);
  at = page->out->len;
  append_fitting (page->out, name, NAME_COLUMNS);
  width = text_width (page->out->str + at);
  g_string_append_printf (page->out, "%s%*s", *mark ? page->style->off : "",
      (gint) (NAME_COLUMNS - width), "");
}

static guint
column (const Page * page, gint64 time)
{
  return CLAMP (time, 0, page->scale) * BAR_COLUMNS / page->scale;
}

static void
append_bar (Page * page, const gchar * mark, gint64 start, gint64 length)
{
  guint from = MIN (column (page, start), BAR_COLUMNS - 1);
  guint to = column (page, MIN (start, page->scale) + MIN (length,
          page->scale));

  if (length <= 0)
    return;
  g_string_append_printf (page->out, "  %*s%s", (gint) from, "", mark);
  do {
    g_string_append (page->out, "█");
  } while (++from < to);
  g_string_append (page->out, *mark ? page->style->off : "");
}

static void
append_row (Page * page, const gchar * name, const gchar * mark, gint64 start,
    gint64 length)
{
  append_name (page, name, "");
  text_append_seconds (page->out, 7, length);
  append_bar (page, mark, start, length);
  g_string_append_c (page->out, '\n');
}

static const gchar *
mark_of_hop (const Page * page, ExchangeHopId hop)
{
  switch (hop) {
    case EXCHANGE_RECOGNISED:
    case EXCHANGE_TOKEN:
    case EXCHANGE_SOUND:
      return page->style->caller;
    case EXCHANGE_DECIDED:
      return page->style->dim;
    default:
      return page->style->agent;
  }
}

static void
append_call (Page * page, const Exchange * exchange, const RecordCall * call,
    const gchar * name)
{
  gboolean ok = strcmp (call->outcome, "ok") == 0;
  const gchar *outcome = *call->outcome ? call->outcome : "no result";
  gchar *label = ok ? g_strdup (name) : g_strdup_printf ("%s: %s", outcome,
      name);

  append_name (page, label, ok ? "" : page->style->bad);
  text_append_seconds (page->out, 7, call->took);
  if (call->at >= exchange->at && call->took > 0)
    append_bar (page, page->style->bold, call->at - exchange->at, call->took);
  g_string_append_c (page->out, '\n');
  g_free (label);
}

static void
append_calls (Page * page, const Exchange * exchange)
{
  for (guint i = 0; i < exchange->calls->len; i++) {
    const RecordCall *call = g_ptr_array_index (exchange->calls, i);
    gchar *name = g_strconcat ("tool ", call->name, NULL);

    append_call (page, exchange, call, name);
    g_free (name);
  }
}

static void
append_sum (Page * page, const RecordMetrics * metrics)
{
  append_name (page, "until the reply", page->style->bold);
  text_append_seconds (page->out, 7, metrics->part[RECORD_PLAYING]);
  g_string_append (page->out, "  of that services ");
  text_append_seconds (page->out, 0, metrics->part[RECORD_PROVIDER]);
  g_string_append (page->out, ", our stages ");
  text_append_seconds (page->out, 0, metrics->part[RECORD_OWN]);
  g_string_append_c (page->out, '\n');
}

static void
append_hops (Page * page, const Exchange * exchange)
{
  ExchangeHop hops[EXCHANGE_N_HOPS];
  gboolean measured = exchange_hops (exchange, hops);

  for (guint i = 0; measured && i < EXCHANGE_N_HOPS; i++)
    append_row (page, hop_labels[i], mark_of_hop (page, i), hops[i].start,
        hops[i].length);
  append_calls (page, exchange);
  if (measured)
    append_sum (page, exchange->metrics);
}

/* What was heard of it, or why it was not. */
static void
append_heard (Page * page, const RecordSpeech * speech)
{
  const RecordInterruption *cut = exchange_interruption (page->record, speech);
  GString *text = g_string_new (NULL);

  if (cut)
    g_string_append_printf (text, "cut off (%s): ", cut->reason);
  else if (!speech->complete)
    g_string_append (text, "not whole: ");
  if (speech->text && *speech->text)
    g_string_append (text, speech->text);
  else
    g_string_append (text, speech->text ? "nothing was heard" :
        "what was heard is not known");
  g_string_append (page->out, cut ? page->style->bad : "");
  append_fitting (page->out, text->str, BAR_COLUMNS);
  g_string_append (page->out, cut ? page->style->off : "");
  g_string_free (text, TRUE);
}

static void
append_speeches (Page * page, const Exchange * exchange)
{
  for (guint i = 0; i < exchange->speeches->len; i++) {
    const RecordSpeech *speech = g_ptr_array_index (exchange->speeches, i);
    gchar *name = g_strconcat (*speech->source ? speech->source : "speech",
        " heard", NULL);

    append_name (page, name, "");
    text_append_seconds (page->out, 7, speech->position);
    g_string_append (page->out, "  ");
    append_heard (page, speech);
    g_string_append_c (page->out, '\n');
    g_free (name);
  }
}

static void
append_words (Page * page, const Exchange * exchange, guint columns)
{
  GString *text = g_string_new (NULL);

  if (exchange->turn)
    g_string_append (text, exchange->turn->text);
  else if (exchange->merged)
    g_string_append_printf (text, "(the caller went on: turn %u)",
        exchange->merged->turn);
  else if (exchange->number)
    g_string_append (text, "(what was said is not known)");
  append_fitting (page->out, text->str, columns);
  g_string_free (text, TRUE);
}

static void
append_unanswered (Page * page, const RecordTurn * turn)
{
  gchar *text = turn->no_reply ? g_strdup_printf ("not answered: %s",
      turn->no_reply) : g_strdup ("not to be answered");

  if (turn->no_reply || !turn->reply) {
    g_string_append_printf (page->out, "  %s", page->style->bad);
    append_fitting (page->out, text, COLUMNS - 2);
    g_string_append_printf (page->out, "%s\n", page->style->off);
  }
  g_free (text);
}

static void
append_exchange (Page * page, const Exchange * exchange)
{
  gchar *time = text_format_time (exchange->at);
  gchar *name = exchange->number ? g_strdup_printf ("Turn %u",
      exchange->number) : g_strdup ("Agent");
  guint width = MAX (strlen (name), 8) + 1 + MAX (strlen (time), 9) + 2;

  g_string_append_printf (page->out, "\n%s%-8s %9s%s", page->style->bold, name,
      time, page->style->off);
  if (exchange->number) {
    g_string_append (page->out, "  ");
    append_words (page, exchange, COLUMNS - width);
  }
  g_string_append_c (page->out, '\n');
  append_hops (page, exchange);
  append_speeches (page, exchange);
  if (exchange->turn)
    append_unanswered (page, exchange->turn);
  g_free (name);
  g_free (time);
}

/* One for all, so that turns can be compared; 0 if nothing was measured. */
static gint64
choose_scale (GPtrArray * exchanges)
{
  gint64 scale = 0;
  ExchangeHop hops[EXCHANGE_N_HOPS];

  for (guint i = 0; i < exchanges->len; i++) {
    const Exchange *exchange = g_ptr_array_index (exchanges, i);

    if (exchange_hops (exchange, hops))
      scale = MAX (scale, MAX (exchange->metrics->part[RECORD_PLAYING],
              SHORTEST));
  }
  return MIN (scale, LONGEST);
}

static void
append_scale (Page * page)
{
  g_string_append_printf (page->out, "%sSeconds; a whole bar is ",
      page->style->dim);
  text_append_seconds (page->out, 0, page->scale);
  g_string_append_printf (page->out, " s and begins where the caller's speech "
      "ended.%s\n", page->style->off);
}

static void
append_exchanges (Page * page)
{
  GPtrArray *exchanges = record_exchanges (page->record);

  page->scale = choose_scale (exchanges);
  if (page->scale > 0)
    append_scale (page);
  page->scale = MAX (page->scale, SHORTEST);
  for (guint i = 0; i < exchanges->len; i++)
    append_exchange (page, g_ptr_array_index (exchanges, i));
  if (exchanges->len == 0)
    g_string_append (page->out, "\nNothing was said.\n");
  g_ptr_array_unref (exchanges);
}

static void
append_percentiles (Page * page)
{
  static const struct
  {
    const gchar *name;
    RecordPart part;
  } rows[] = {
    {"until the reply", RECORD_PLAYING}, {"recognised", RECORD_FINAL},
    {"until the turn", RECORD_COMMITTED}, {"first token", RECORD_FIRST_TOKEN},
    {"first sentence", RECORD_FIRST_SENTENCE},
    {"first sound", RECORD_FIRST_AUDIO}, {"services", RECORD_PROVIDER},
    {"our stages", RECORD_OWN},
  };
  RecordLatency latency;

  record_latency (page->record, &latency);
  if (latency.n == 0)
    return;
  g_string_append_printf (page->out, "\n%s%u %s%s%*s\n", page->style->bold,
      latency.n, latency.n == 1 ? "reply" : "replies", page->style->off,
      latency.n < 10 ? 23 : 22, "p50    p95");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    append_name (page, rows[i].name, "");
    text_append_seconds (page->out, 7, latency.p50[rows[i].part]);
    text_append_seconds (page->out, 7, latency.p95[rows[i].part]);
    g_string_append_c (page->out, '\n');
  }
}

/**
 * report_call_to_text:
 * @record: a call
 * @style: how to mark it
 *
 * Returns: (transfer full): the report, in lines of at most 80 columns where
 *   they are ours to break
 */
gchar *
report_call_to_text (const Record * record, const TextStyle * style)
{
  Page page = {.record = record,.style = style,.out = g_string_new (NULL) };

  calls_append_header (page.out, record, style);
  append_exchanges (&page);
  append_percentiles (&page);
  calls_append_faults (page.out, record, style);
  calls_append_statistics (page.out, record, style);
  return g_string_free (page.out, FALSE);
}
