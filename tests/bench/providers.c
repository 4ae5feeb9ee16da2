/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What each element that talks to a service adds to the service's own time, and
 * what it costs. The services are the stand-ins of tests/peers, in a process of
 * their own, without latency; they write down when something came and went
 * (provider-peers --trace), by the same clock as the stamps at our pads.
 *
 * - a final: from the end of the caller's sound, as `vad` tells it, entering
 *   the element until the service has been asked for the final, and from the
 *   service's writing it until it is on the pad
 * - an interim: the same from the sound that completes the word
 * - a token, a sound: from the text entering the element until the service has
 *   it, and from the first token or sound written until it is on the pad
 *
 * Sound is pushed in real time. GST_VOICE_BENCH_PROVIDERS names elements: only
 * these are measured.
 *
 * Threads: the main one pushes; what comes out is noted in the element's.
 * Locks: `lock` guards what is noted.
 */
#include "figures.h"

#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <gst-voice/session.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define RATE 16000
#define FRAME_MS 20
#define WORD_MS 200             /* the ear of the stand-ins */
#define N_WORDS 5
#define UTTERANCES 20
#define REQUESTS 100
#define SENTENCES 50
#define SEVERAL 10              /* elements whose memory is measured */
#define PATIENCE_US (10 * G_USEC_PER_SEC)
#define MANY_BYTES 1000         /* a piece of sound */

#define HEARD "One two three four five."
#define REPLY "I have written that down for you, and the clinic will call " \
  "you back tomorrow. Is there anything else that I can do?"
#define SENTENCE "Your table for two is booked tonight."
#define SENTENCE_WORDS 7

typedef enum
{
  HEARS,
  THINKS,
  SPEAKS,
} Kind;

/* @wanted: what is in a piece that has the final, the token or the sound; NULL:
 * sound that is no text. @interim: likewise, or NULL */
typedef struct
{
  Kind kind;
  gboolean tls;
  const gchar *name, *element;
  const gchar *wanted, *interim;
} Subject;

static const Subject subjects[] = {
  {HEARS, FALSE, "deepgramstt", "deepgramstt", "\"is_final\":true",
      "\"is_final\":false"},
  {HEARS, TRUE, "deepgramstt, TLS", "deepgramstt", "\"is_final\":true",
      "\"is_final\":false"},
  {HEARS, FALSE, "assemblyaistt", "assemblyaistt", "\"end_of_turn\":true",
      "\"end_of_turn\":false"},
  {HEARS, FALSE, "openaistt", "openaistt turn-detection=none",
      "transcription.completed", NULL},
  {HEARS, FALSE, "openaistt, segments", "openaistt mode=segments", "\"text",
      NULL},
  {THINKS, FALSE, "openaillm", "openaillm", "\"content\":\"I", NULL},
  {THINKS, TRUE, "openaillm, TLS", "openaillm", "\"content\":\"I", NULL},
  {THINKS, FALSE, "geminillm", "geminillm", "\"text\":\"I", NULL},
  {SPEAKS, FALSE, "cartesiatts", "cartesiatts voice=v", "\"chunk\"", NULL},
  {SPEAKS, TRUE, "cartesiatts, TLS", "cartesiatts voice=v", "\"chunk\"", NULL},
  {SPEAKS, FALSE, "elevenlabstts", "elevenlabstts voice=v", "\"audio\":\"",
      NULL},
  {SPEAKS, FALSE, "openaitts", "openaitts", NULL, NULL},
  {SPEAKS, FALSE, "deepgramtts", "deepgramtts", NULL, NULL},
};

typedef struct
{
  FILE *orders, *answers;
  gint pid;
  gchar *url, *trace, *script;
} Services;

typedef struct
{
  gint64 at;
  gboolean came;                /* asked or got; else sent */
  gsize size;
  gchar *text;
} Line;

typedef struct
{
  gint64 at;
  guint words;                  /* of an interim; 0: what was wanted */
} Out;

/* One element between our two pads. */
typedef struct
{
  GstElement *element;
  GstPad *src, *sink;
  GstBus *bus;
  gint64 began;                 /* us */
  GstClockTime now;             /* of the next sound */
  guint turn;

  GMutex lock;
  GCond changed;
  /* lock */
  GArray *outs;                 /* Out */
  guint n_wanted, n_over;       /* finals, first pieces; replies, speeches */
  gboolean awaits;              /* the first piece of an answer */
  gboolean failed;
} Scene;

static gchar *pem;

static void
end_with_us (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
services_start (Services * services, const gchar * program, gboolean tls)
{
  const gchar *argv[] = { program, "--hear-each", "--keep", "--script", NULL,
    "--trace", NULL, tls ? "--tls-cert" : NULL, pem, NULL
  };
  gchar line[256];
  gint in, out;
  GError *error = NULL;

  services->trace = g_strdup_printf ("%s/bench-%d.trace", g_get_tmp_dir (),
      getpid ());
  services->script = g_strdup_printf ("%s/bench-%d.json", g_get_tmp_dir (),
      getpid ());
  argv[4] = services->script;
  argv[6] = services->trace;
  if (!g_file_set_contents (services->script, "{\"hear\":[\"" HEARD "\"],"
          "\"answers\":[{\"when\":\"\",\"say\":\"" REPLY "\"}]}", -1, &error)
      || !g_spawn_async_with_pipes (NULL, (gchar **) argv, NULL,
          G_SPAWN_DO_NOT_REAP_CHILD, end_with_us, NULL, &services->pid, &in,
          &out, NULL, &error))
    g_error ("%s", error->message);
  services->orders = fdopen (in, "w");
  services->answers = fdopen (out, "r");
  if (!fgets (line, sizeof line, services->answers))
    g_error ("%s does not start", program);
  services->url = g_strdup (g_strchomp (line));
}

static void
services_stop (Services * services)
{
  fclose (services->orders);
  fclose (services->answers);
  waitpid (services->pid, NULL, 0);
  g_unlink (services->trace);
  g_unlink (services->script);
  g_free (services->trace);
  g_free (services->script);
  g_free (services->url);
}

static void
line_clear (gpointer data)
{
  g_free (((Line *) data)->text);
}

/* Returns: (transfer full): what has come and gone since then */
static GArray *
services_lines (Services * services, gint64 since)
{
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (Line));
  gchar answer[16], *text = NULL, **each;

  g_array_set_clear_func (lines, line_clear);
  fputs ("trace\n", services->orders);
  fflush (services->orders);
  if (!fgets (answer, sizeof answer, services->answers)
      || !g_file_get_contents (services->trace, &text, NULL, NULL))
    g_error ("the stand-ins have ended");
  each = g_strsplit (text, "\n", 0);
  for (guint i = 0; each[i] && *each[i]; i++) {
    gchar **field = g_strsplit (each[i], " ", 5);
    Line line = {.at = g_ascii_strtoll (field[0], NULL, 10),
      .came = strcmp (field[1], "sent") != 0,
      .size = g_ascii_strtoull (field[3], NULL, 10),
      .text = g_strdup (field[4])
    };

    if (line.at >= since)
      g_array_append_val (lines, line);
    else
      g_free (line.text);
    g_strfreev (field);
  }
  g_strfreev (each);
  g_free (text);
  return lines;
}

static guint
count_words (const gchar * text)
{
  guint n = 1;

  for (; *text; text++)
    n += *text == ' ';
  return n;
}

static void
note_locked (Scene * scene, gint64 at, guint words)
{
  Out out = { at, words };

  g_array_append_val (scene->outs, out);
  scene->n_wanted += words == 0;
  g_cond_broadcast (&scene->changed);
}

static GstFlowReturn
take_buffer (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  Scene *scene = gst_pad_get_element_private (pad);
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&scene->lock);
  if (gst_buffer_get_size (buffer) > 0 && scene->awaits) {
    scene->awaits = FALSE;
    note_locked (scene, now, 0);
  }
  g_mutex_unlock (&scene->lock);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
take_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  Scene *scene = gst_pad_get_element_private (pad);
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&scene->lock);
  if (gst_voice_event_is (event, "interim"))
    note_locked (scene, now, count_words (gst_voice_structure_string
            (gst_voice_event_parse (event), "text")));
  scene->n_over += gst_voice_event_is (event, "speech-end");
  g_cond_broadcast (&scene->changed);
  g_mutex_unlock (&scene->lock);
  gst_event_unref (event);
  return TRUE;
}

static gboolean
answer_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_latency (query, TRUE, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

static GstBusSyncReply
take_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Scene *scene = data;
  GError *error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, NULL);
    g_printerr ("%s\n", error->message);
    g_error_free (error);
    scene->failed = TRUE;
  }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static void
send_start (Scene * scene, Kind kind)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (scene->src, gst_event_new_stream_start ("bench"));
  gst_pad_push_event (scene->src, gst_event_new_caps (kind == HEARS ?
          gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING, "S16LE",
              "layout", G_TYPE_STRING, "interleaved", "channels", G_TYPE_INT, 1,
              "rate", G_TYPE_INT, RATE, NULL) :
          gst_caps_new_simple ("text/x-raw", "format", G_TYPE_STRING, "utf8",
              NULL)));
  gst_pad_push_event (scene->src, gst_event_new_segment (&segment));
}

static void
put_between (Scene * scene, const Subject * subject, const Services * services)
{
  gchar *launch = g_strdup_printf ("%s url=%s api-key=env:BENCH_KEY",
      subject->element, services->url);
  GError *error = NULL;
  GstPad *pad;

  scene->element = gst_parse_launch (launch, &error);
  if (!scene->element)
    g_error ("%s", error->message);
  gst_object_ref_sink (scene->element);
  pad = gst_element_get_static_pad (scene->element, "sink");
  gst_pad_link (scene->src, pad);
  gst_object_unref (pad);
  pad = gst_element_get_static_pad (scene->element, "src");
  gst_pad_link (pad, scene->sink);
  gst_object_unref (pad);
  g_free (launch);
}

static void
play (Scene * scene)
{
  GstClock *clock = gst_system_clock_obtain ();

  scene->bus = gst_bus_new ();
  gst_bus_set_sync_handler (scene->bus, take_message, scene, NULL);
  gst_element_set_bus (scene->element, scene->bus);
  gst_element_set_clock (scene->element, clock);
  gst_element_set_base_time (scene->element, gst_clock_get_time (clock));
  gst_element_set_state (scene->element, GST_STATE_PLAYING);
  gst_object_unref (clock);
}

/* @subject: (nullable): without one our pads are linked to each other */
static void
scene_begin (Scene * scene, const Subject * subject, const Services * services)
{
  memset (scene, 0, sizeof *scene);
  g_mutex_init (&scene->lock);
  g_cond_init (&scene->changed);
  scene->outs = g_array_new (FALSE, FALSE, sizeof (Out));
  scene->src = gst_pad_new ("src", GST_PAD_SRC);
  scene->sink = gst_pad_new ("sink", GST_PAD_SINK);
  gst_pad_set_query_function (scene->src, answer_query);
  gst_pad_set_element_private (scene->sink, scene);
  gst_pad_set_chain_function (scene->sink, take_buffer);
  gst_pad_set_event_function (scene->sink, take_event);
  if (subject)
    put_between (scene, subject, services);
  else
    gst_pad_link (scene->src, scene->sink);
  gst_pad_set_active (scene->sink, TRUE);
  gst_pad_set_active (scene->src, TRUE);
  scene->began = g_get_monotonic_time ();
  if (subject)
    play (scene);
  send_start (scene, subject ? subject->kind : HEARS);
}

static void
scene_end (Scene * scene)
{
  if (scene->element) {
    gst_element_set_state (scene->element, GST_STATE_NULL);
    gst_element_set_bus (scene->element, NULL);
    gst_object_unref (scene->bus);
  }
  gst_pad_set_active (scene->src, FALSE);
  gst_pad_set_active (scene->sink, FALSE);
  gst_clear_object (&scene->element);
  gst_object_unref (scene->src);
  gst_object_unref (scene->sink);
  g_array_unref (scene->outs);
  g_mutex_clear (&scene->lock);
  g_cond_clear (&scene->changed);
}

static gboolean
wait_until (Scene * scene, const guint * count, guint n)
{
  gint64 until = g_get_monotonic_time () + PATIENCE_US;
  gboolean in_time = TRUE;

  g_mutex_lock (&scene->lock);
  while (*count < n && in_time && !scene->failed)
    in_time = g_cond_wait_until (&scene->changed, &scene->lock, until);
  in_time = *count >= n;
  g_mutex_unlock (&scene->lock);
  return in_time;
}

/* In real time, as a caller's sound comes. */
static gint64
push_sound (Scene * scene, gboolean loud)
{
  const guint n = RATE * FRAME_MS / 1000;
  gint16 *samples = g_new0 (gint16, n);
  GstBuffer *buffer = gst_buffer_new_wrapped (samples, n * sizeof (gint16));
  gint64 due = scene->began + scene->now / 1000, at = g_get_monotonic_time ();

  for (guint i = 0; loud && i < n; i++)
    samples[i] = i / 20 % 2 ? 8000 : -8000;
  if (due > at)
    g_usleep (due - at);
  GST_BUFFER_PTS (buffer) = scene->now;
  GST_BUFFER_DURATION (buffer) = FRAME_MS * GST_MSECOND;
  scene->now += FRAME_MS * GST_MSECOND;
  at = g_get_monotonic_time ();
  gst_pad_push (scene->src, buffer);
  return at;
}

static gint64
push_speech (Scene * scene, const gchar * what, const gchar * field)
{
  gint64 at = g_get_monotonic_time ();

  gst_pad_push_event (scene->src, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new (what, "running-time", scene->now, field,
              scene->now, NULL)));
  return at;
}

static void
await (Scene * scene)
{
  g_mutex_lock (&scene->lock);
  scene->awaits = TRUE;
  g_mutex_unlock (&scene->lock);
}

static gint64
push_text (Scene * scene, const gchar * text)
{
  GstBuffer *buffer = gst_voice_text_buffer_new (text);
  gint64 at;

  gst_voice_meta_add (buffer)->turn = ++scene->turn;
  await (scene);
  at = g_get_monotonic_time ();
  gst_pad_push (scene->src, buffer);
  return at;
}

typedef struct
{
  GArray *asked, *answered, *sums;      /* gdouble, ms */
} Spans;

static void
spans_init (Spans * spans)
{
  spans->asked = g_array_new (FALSE, FALSE, sizeof (gdouble));
  spans->answered = g_array_new (FALSE, FALSE, sizeof (gdouble));
  spans->sums = g_array_new (FALSE, FALSE, sizeof (gdouble));
}

static void
spans_clear (Spans * spans)
{
  g_array_unref (spans->asked);
  g_array_unref (spans->answered);
  g_array_unref (spans->sums);
}

static gboolean
is_wanted (const Line * line, const gchar * wanted)
{
  return !line->came && (wanted ? strstr (line->text, wanted) != NULL :
      line->size > MANY_BYTES);
}

/* What went in at @in and came out at @out: @wanted was written before that, at
 * once when what asked for it had come. The first one after @in is meant. */
static void
span (Spans * spans, GArray * lines, const gchar * wanted, gint64 in,
    gint64 out)
{
  const Line *line = (const Line *) lines->data, *sent = NULL, *asked = NULL;
  gdouble a, b, sum;

  for (guint i = 0; i < lines->len && !sent; i++, line++) {
    if (line->came)
      asked = line;
    else if (line->at >= in && is_wanted (line, wanted))
      sent = line;
  }
  if (!sent || !asked || sent->at > out || asked->at < in)
    return;
  a = (asked->at - in) / 1e3;
  b = (out - sent->at) / 1e3;
  sum = a + b;
  g_array_append_val (spans->asked, a);
  g_array_append_val (spans->answered, b);
  g_array_append_val (spans->sums, sum);
}

static void
print_spans (const gchar * name, const gchar * what, Spans * spans)
{
  gchar *title = g_strdup_printf ("%s%s, ms added", name, what);

  if (spans->sums->len == 0)
    figures_row (title, "", "none");
  else
    figures_row (title, "", "%.2f / %.2f (n = %u)",
        figures_percentile (spans->sums, 50),
        figures_percentile (spans->sums, 99), spans->sums->len);
  figures_row ("- in until it is asked, its answer until out", "",
      "%.2f / %.2f, %.2f / %.2f", figures_percentile (spans->asked, 50),
      figures_percentile (spans->asked, 99),
      figures_percentile (spans->answered, 50),
      figures_percentile (spans->answered, 99));
  g_free (title);
}

/* @loud: when the sound that completes each word went in. Returns: when the end
 * of the sound did */
static gint64
say (Scene * scene, gint64 * loud)
{
  gint64 at;

  for (guint i = 0; i < 10; i++)
    push_sound (scene, FALSE);
  push_speech (scene, "speech-start", "onset");
  for (guint i = 1; i <= N_WORDS * WORD_MS / FRAME_MS; i++) {
    at = push_sound (scene, TRUE);
    if (i % (WORD_MS / FRAME_MS) == 0)
      loud[i * FRAME_MS / WORD_MS - 1] = at;
  }
  for (guint i = 0; i < 7; i++)
    push_sound (scene, FALSE);
  await (scene);
  return push_speech (scene, "speech-stop", "end");
}

static void
take_finals (Scene * scene, const Subject * subject, GArray * lines,
    const gint64 * stops, gint64 loud[][N_WORDS])
{
  Spans finals, interims;
  guint at = 0;

  spans_init (&finals);
  spans_init (&interims);
  for (guint i = 0; i < scene->outs->len && at < UTTERANCES; i++) {
    const Out *out = &g_array_index (scene->outs, Out, i);

    if (!out->words)
      span (&finals, lines, subject->wanted, stops[at++], out->at);
    else if (subject->interim && out->words <= N_WORDS)
      span (&interims, lines, subject->interim, loud[at][out->words - 1],
          out->at);
  }
  print_spans (subject->name, ": a final", &finals);
  if (subject->interim)
    print_spans (subject->name, ": an interim", &interims);
  spans_clear (&finals);
  spans_clear (&interims);
}

static void
hear (const Subject * subject, Services * services)
{
  static gint64 loud[UTTERANCES + 1][N_WORDS], stops[UTTERANCES];
  gint64 since = g_get_monotonic_time ();
  gboolean going = TRUE;
  GArray *lines;
  gdouble cpu;
  Scene scene;

  scene_begin (&scene, subject, services);
  while (scene.now < GST_SECOND)
    push_sound (&scene, FALSE);
  cpu = figures_cpu_seconds ();
  for (guint i = 0; i < UTTERANCES && going; i++) {
    stops[i] = say (&scene, loud[i]);
    for (guint k = 0; k < 20; k++)
      push_sound (&scene, FALSE);
    going = wait_until (&scene, &scene.n_wanted, i + 1);
  }
  cpu = (figures_cpu_seconds () - cpu) * 60 / (scene.now / 1e9 - 1);
  lines = services_lines (services, since);
  take_finals (&scene, subject, lines, stops, loud);
  figures_row ("- CPU s a minute of sound", "", "%.3f", cpu);
  g_array_unref (lines);
  scene_end (&scene);
}

static void
ask (const Subject * subject, Services * services)
{
  gboolean speaks = subject->kind == SPEAKS;
  guint n = speaks ? SENTENCES : REQUESTS;
  gint64 *ins = g_new0 (gint64, n + 1), since = g_get_monotonic_time ();
  gdouble cpu = 0;
  gboolean going = TRUE;
  GArray *lines;
  Spans spans;
  Scene scene;

  spans_init (&spans);
  scene_begin (&scene, subject, services);
  g_usleep (200000);
  /* The first one warms up. */
  for (guint i = 0; i <= n && going; i++) {
    if (i == 1)
      cpu = figures_cpu_seconds ();
    ins[i] = push_text (&scene, speaks ? SENTENCE : HEARD);
    going = wait_until (&scene, &scene.n_over, i + 1);
    g_usleep (10000);
  }
  cpu = figures_cpu_seconds () - cpu;
  lines = services_lines (services, since);
  for (guint i = 1; i <= n && i < scene.outs->len; i++)
    span (&spans, lines, subject->wanted, ins[i], g_array_index (scene.outs,
            Out, i).at);
  print_spans (subject->name, speaks ? ": a sound" : ": a token", &spans);
  if (speaks)
    figures_row ("- CPU s a minute of sound", "", "%.3f", cpu * 60
        / (SENTENCES * SENTENCE_WORDS * WORD_MS / 1e3));
  else
    figures_row ("- CPU s for 100 answers", "", "%.3f", cpu * 100 / REQUESTS);
  spans_clear (&spans);
  g_array_unref (lines);
  scene_end (&scene);
  g_free (ins);
}

static void
start_work (Scene * scene, Kind kind)
{
  gint64 ignored[N_WORDS];

  if (kind == HEARS)
    say (scene, ignored);
  else
    push_text (scene, kind == SPEAKS ? SENTENCE : HEARD);
}

static void
weigh (const Subject * subject, Services * services)
{
  static Scene scenes[SEVERAL];
  gdouble heap, pss, idle_heap, idle_pss, most = 0;

  scene_begin (&scenes[0], subject, services);
  start_work (&scenes[0], subject->kind);
  wait_until (&scenes[0], &scenes[0].n_wanted, 1);
  scene_end (&scenes[0]);
  g_usleep (200000);
  heap = figures_heap_kb ();
  pss = figures_pss_mb ();
  for (guint i = 0; i < SEVERAL; i++)
    scene_begin (&scenes[i], subject, services);
  g_usleep (500000);
  idle_heap = figures_heap_kb ();
  idle_pss = figures_pss_mb ();
  for (guint i = 0; i < SEVERAL; i++) {
    scenes[i].now = (g_get_monotonic_time () - scenes[i].began) * 1000;
    start_work (&scenes[i], subject->kind);
    most = MAX (most, figures_heap_kb ());
  }
  for (guint i = 0; i < SEVERAL; i++) {
    wait_until (&scenes[i], &scenes[i].n_wanted, 1);
    most = MAX (most, figures_heap_kb ());
  }
  figures_row ("- heap kB, idle, at work; memory kB (PSS)", "",
      "%.0f, %.0f; %.0f, %.0f", (idle_heap - heap) / SEVERAL,
      (most - heap) / SEVERAL, (idle_pss - pss) * 1024 / SEVERAL,
      (figures_pss_mb () - pss) * 1024 / SEVERAL);
  for (guint i = 0; i < SEVERAL; i++)
    scene_end (&scenes[i]);
}

static void
measure (const Subject * subject, Services * services)
{
  if (subject->kind == HEARS)
    hear (subject, services);
  else
    ask (subject, services);
  weigh (subject, services);
}

static gboolean
is_meant (const Subject * subject)
{
  const gchar *names = g_getenv ("GST_VOICE_BENCH_PROVIDERS");
  gsize size = strcspn (subject->element, " ");
  gchar *name = g_strndup (subject->element, size);
  gboolean meant = !names || strstr (names, name);

  g_free (name);
  return meant;
}

static void
measure_all (const gchar * program, gboolean tls)
{
  Services services;

  services_start (&services, program, tls);
  for (guint i = 0; i < G_N_ELEMENTS (subjects); i++) {
    if (subjects[i].tls == tls && is_meant (&subjects[i]))
      measure (&subjects[i], &services);
  }
  services_stop (&services);
}

/* What the pushing of sound costs by itself. */
static void
measure_pushing (void)
{
  gdouble cpu = figures_cpu_seconds ();
  Scene scene;

  scene_begin (&scene, NULL, NULL);
  while (scene.now < 10 * GST_SECOND)
    push_sound (&scene, FALSE);
  figures_row ("pushing sound, CPU s a minute of it", "", "%.3f",
      (figures_cpu_seconds () - cpu) * 6);
  scene_end (&scene);
}

int
main (int argc, char **argv)
{
  gchar *here = g_path_get_dirname (argv[0]);
  gchar *program = g_build_filename (here, "..", "peers", "provider-peers",
      NULL);

  pem = g_build_filename (here, "bench.pem", NULL);
  g_setenv ("BENCH_KEY", "Zx81hush", TRUE);
  g_setenv ("GST_VOICE_CA_FILE", pem, TRUE);
  gst_init (&argc, &argv);
  measure_pushing ();
  measure_all (program, FALSE);
  measure_all (program, TRUE);
  g_free (pem);
  g_free (program);
  g_free (here);
  return 0;
}
