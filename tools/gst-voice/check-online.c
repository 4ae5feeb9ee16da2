/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice check --online`: asks each service that a pipeline would talk to
 * whether it can be reached and takes the key, all of them at once, and prints
 * a table. The pipeline is not started.
 *
 * Threads: the main thread; the answers come on the network thread and are
 * handed over, a probe belongs to that one in between. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "check-online.h"

#include "record-text.h"

#include <gst-voice/error.h>
#include <gst-voice/provider.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOTAL_MS 10000
#define COLUMNS 5
#define INDENT 4
#define WIDTH 80                /* of the screen */

typedef enum
{
  NOT_TRIED,
  NOT_KNOWN,
  NO,
  YES,
} Answer;

typedef struct
{
  GMainLoop *loop;
  GPtrArray *probes;
  guint n_open;
  gboolean live;                /* standard error is a terminal */
} Check;

typedef struct
{
  Check *check;
  GstElement *element;
  GstVoiceProvider *provider;
  gchar *service;
  GstVoiceHttpRequest *request; /* NULL if it could not be asked */
  gboolean connect_only;
  gint64 sent_us;

  Answer reached, authorised;
  gint64 first_byte_us;         /* or -1 */
  gchar *text;                  /* what failed and what to do, or NULL */
  gboolean failed;
} Probe;

static void
probe_free (Probe * probe)
{
  g_clear_pointer (&probe->request, gst_voice_http_request_unref);
  gst_voice_provider_stop (probe->provider);
  gst_object_unref (probe->element);
  g_free (probe->service);
  g_free (probe->text);
  g_free (probe);
}

static void
show_progress (Check * check)
{
  if (!check->live)
    return;
  if (check->n_open)
    fprintf (stderr, "\r%u of %u services have answered",
        check->probes->len - check->n_open, check->probes->len);
  else
    fprintf (stderr, "\r\033[K");
  fflush (stderr);
}

static gboolean
is_over (gpointer data)
{
  Check *check = data;

  check->n_open--;
  show_progress (check);
  if (!check->n_open)
    g_main_loop_quit (check->loop);
  return G_SOURCE_REMOVE;
}

static void
hand_over (Probe * probe)
{
  g_idle_add (is_over, probe->check);
}

static void
note_status (Probe * probe, guint status)
{
  probe->reached = YES;
  probe->authorised = status == 401 ? NO :
      (status >= 200 && status < 300) || status == 402 || status == 429 ? YES :
      NOT_KNOWN;
  if (probe->first_byte_us < 0)
    probe->first_byte_us = g_get_monotonic_time () - probe->sent_us;
}

/* The list behind the head is of no use. */
static void
on_headers (GstVoiceHttpRequest * request, guint status, gpointer data)
{
  Probe *probe = data;

  note_status (probe, status);
  if (probe->authorised != YES || status >= 300)
    return;
  gst_voice_http_cancel (request);
  hand_over (probe);
}

static gchar *
explain (guint status, const GError * error)
{
  if (status == 404 || status == 405)
    return g_strdup_printf ("it answered %u to what only tells whether the key "
        "is right: check the address, else the first call will show it",
        status);
  /* A key whose rights are limited may talk and not ask for lists. */
  if (status == 403)
    return g_strdup ("it answered 403: the key, the account or this region is "
        "not allowed to ask; if the key's rights are limited, the first call "
        "will show whether they are enough");
  /* There is nothing in the request but the address and the key. */
  if (status == 400)
    return g_strdup ("it answered 400: check the key and the address");
  return g_strdup (error->message);
}

static void
on_done (GstVoiceHttpRequest * request, const GError * error, guint status,
    const gchar * request_id, gpointer data)
{
  Probe *probe = data;

  if (status) {
    note_status (probe, status);
  } else if (probe->connect_only && !error) {
    probe->reached = YES;
    probe->text = g_strdup ("only the connection was tried: there is no "
        "request that would cost nothing");
  } else {
    probe->reached = gst_voice_http_request_went_out (request) ? YES : NO;
  }
  if (error) {
    probe->text = explain (status, error);
    probe->failed = status != 404 && status != 405;
  }
  hand_over (probe);
}

static void
add_probe (Check * check, GstElement * element)
{
  static const GstVoiceHttpCallbacks callbacks = {
    .headers = on_headers,
    .done = on_done,
  };
  Probe *probe = g_new0 (Probe, 1);
  GError *error = NULL;

  probe->check = check;
  probe->element = gst_object_ref (element);
  probe->provider = gst_voice_provider_of (element);
  probe->first_byte_us = -1;
  g_ptr_array_add (check->probes, probe);
  if (gst_voice_provider_start (probe->provider, &error)) {
    probe->authorised = NOT_KNOWN;
    probe->service = g_strdup (gst_voice_provider_service (probe->provider));
    probe->request = gst_voice_provider_probe (probe->provider, TOTAL_MS,
        &probe->connect_only);
    gst_voice_http_request_set_callbacks (probe->request, &callbacks, probe,
        NULL);
  } else {
    probe->service = g_strdup (gst_voice_provider_name (probe->provider));
    probe->authorised = error->code == GST_VOICE_ERROR_AUTH ? NO : NOT_TRIED;
    probe->failed = TRUE;
    probe->text = g_strdup (error->message);
    g_error_free (error);
  }
}

/* In the order of the description, which is not that of a bin. */
static void
add_probes (Check * check, GstElement * pipeline)
{
  GstIterator *it = gst_bin_iterate_recurse (GST_BIN (pipeline));
  GValue value = G_VALUE_INIT;
  GQueue found = G_QUEUE_INIT;
  GstElement *element;

  while (gst_iterator_next (it, &value) == GST_ITERATOR_OK) {
    element = g_value_get_object (&value);
    if (gst_voice_provider_of (element))
      g_queue_push_head (&found, element);
    g_value_reset (&value);
  }
  g_value_unset (&value);
  gst_iterator_free (it);
  while ((element = g_queue_pop_head (&found)))
    add_probe (check, element);
}

static void
ask (Check * check)
{
  for (guint i = 0; i < check->probes->len; i++)
    check->n_open += ((Probe *) check->probes->pdata[i])->request != NULL;
  show_progress (check);
  for (guint i = 0; i < check->probes->len; i++) {
    Probe *probe = check->probes->pdata[i];

    probe->sent_us = g_get_monotonic_time ();
    if (probe->request)
      gst_voice_http_send (probe->request);
  }
  if (check->n_open)
    g_main_loop_run (check->loop);
}

static void
fill_row (const Probe * probe, gchar ** cells)
{
  static const gchar *const words[] = { "-", "?", "no", "yes" };

  cells[0] = gst_object_get_name (GST_OBJECT (probe->element));
  cells[1] = g_strdup (probe->service);
  cells[2] = g_strdup (words[probe->reached]);
  cells[3] = g_strdup (words[probe->authorised]);
  cells[4] = probe->first_byte_us < 0 ? g_strdup ("-") :
      g_strdup_printf ("%" G_GINT64_FORMAT " ms",
      (probe->first_byte_us + 500) / 1000);
}

/* Below its row, since nothing would be left of a line beside it. */
static void
print_text (const gchar * text)
{
  gchar *left = text_printable (text), *p = left;

  while (*p) {
    gsize n = text_fit (p, WIDTH - INDENT - 1), word = n;

    while (p[n] && word > 0 && p[word] != ' ')
      word--;
    n = word > 0 ? word : MAX (n, 1);
    g_print ("%*s%.*s\n", INDENT, "", (gint) n, p);
    for (p += n; *p == ' '; p++);
  }
  g_free (left);
}

static void
print_table (Check * check)
{
  static const gchar *const titles[COLUMNS] = { "element", "provider",
    "reachable", "authorised", "first byte"
  };
  guint n = (check->probes->len + 1) * COLUMNS;
  gchar **cells = g_new0 (gchar *, n + 1);
  gsize width[COLUMNS] = { 0 };

  for (guint i = 0; i < COLUMNS; i++)
    cells[i] = g_strdup (titles[i]);
  for (guint i = 0; i < check->probes->len; i++)
    fill_row (check->probes->pdata[i], cells + (i + 1) * COLUMNS);
  for (guint i = 0; i < n; i++)
    width[i % COLUMNS] = MAX (width[i % COLUMNS], strlen (cells[i]));
  for (guint i = 0; i < n; i += COLUMNS) {
    GString *line = g_string_new (NULL);

    for (guint k = 0; k < COLUMNS; k++)
      g_string_append_printf (line, "%-*s  ", (gint) width[k], cells[i + k]);
    g_print ("%s\n", g_strchomp (line->str));
    g_string_free (line, TRUE);
    if (i > 0) {
      const Probe *probe = check->probes->pdata[i / COLUMNS - 1];

      if (probe->text)
        print_text (probe->text);
    }
  }
  g_strfreev (cells);
}

/* @title: what people call @pipeline, a bin
 *
 * Returns: whether nothing has failed */
gboolean
check_online (const gchar * title, GstElement * pipeline)
{
  Check check = {.live = isatty (STDERR_FILENO) };
  gboolean ok = TRUE;

  check.loop = g_main_loop_new (NULL, FALSE);
  check.probes = g_ptr_array_new_with_free_func ((GDestroyNotify) probe_free);
  add_probes (&check, pipeline);
  ask (&check);
  if (check.probes->len)
    print_table (&check);
  else
    g_print ("%s: no element of it talks to a service\n", title);
  for (guint i = 0; i < check.probes->len; i++)
    ok &= !((Probe *) check.probes->pdata[i])->failed;
  g_ptr_array_unref (check.probes);
  g_main_loop_unref (check.loop);
  return ok;
}
