/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * provider-peers [--port N] [--tls-cert FILE.pem] [--bad-cert FILE.pem]
 *   [--fault NAME[/PROTOCOL][@N[xM]][+PIECES]]...
 *   [--latency HEAD[,FIRST[,BETWEEN]]] [--script FILE.json] [--key KEY]
 *   [--idle MS] [--hear-each] [--keep] [--trace FILE]
 *
 * Stands in for the services that hear, think and speak (provider-peer.h) until
 * its standard input ends. Prints a line with its URL when it is ready. A line
 * of its input is an order: "fault …" as above, "break NAME[/PROTOCOL]",
 * "latency …", "mend", "trace" (which completes its file); the answer is
 * "done" or "no".
 */
#include "provider-peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gboolean
add_fault (ProviderPeer * peer, const gchar * text)
{
  gsize size = strcspn (text, "@+");
  gchar *name = g_strndup (text, size);
  gchar *rest = (gchar *) text + size;
  guint from = 0, count = 0, after = 0;
  gboolean good;

  if (*rest == '@') {
    from = strtoul (rest + 1, &rest, 10);
    if (*rest == 'x')
      count = strtoul (rest + 1, &rest, 10);
  }
  if (*rest == '+')
    after = strtoul (rest + 1, &rest, 10);
  good = !*rest && provider_peer_add_fault (peer, name, from, count, after);
  g_free (name);
  return good;
}

static gboolean
set_latency (ProviderPeer * peer, const gchar * text)
{
  ProviderLatency latency = { 0, 0, 0 };
  gboolean good = sscanf (text, "%u,%u,%u", &latency.head, &latency.first,
      &latency.between) >= 1;

  if (good)
    provider_peer_set_latency (peer, &latency);
  return good;
}

static gboolean
obey (ProviderPeer * peer, const gchar * line)
{
  if (g_str_has_prefix (line, "fault "))
    return add_fault (peer, line + strlen ("fault "));
  if (g_str_has_prefix (line, "break "))
    return provider_peer_break (peer, line + strlen ("break "));
  if (g_str_has_prefix (line, "latency "))
    return set_latency (peer, line + strlen ("latency "));
  if (!strcmp (line, "mend")) {
    provider_peer_mend (peer);
    return TRUE;
  }
  return !strcmp (line, "trace") && !fflush (NULL);
}

static void
serve (ProviderPeer * peer)
{
  gchar line[256];
  gchar *url = provider_peer_url (peer, "http", "");

  setvbuf (stdout, NULL, _IOLBF, 0);
  printf ("%s\n", url);
  g_free (url);
  while (fgets (line, sizeof line, stdin)) {
    g_strchomp (line);
    puts (obey (peer, line) ? "done" : "no");
  }
}

static guint
count_threads (void)
{
  GDir *dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (dir && g_dir_read_name (dir))
    n++;
  g_clear_pointer (&dir, g_dir_close);
  return n;
}

/* LeakSanitizer fails on threads that have used a TLS library, so GLib's pool
 * gets the half second that it keeps them. */
static void
let_threads_end (void)
{
  for (guint i = 0; i < 200 && count_threads () > 2; i++)
    g_usleep (10000);
}

static ProviderPeer *
start (ProviderPeerSettings * settings, const gchar * script, gchar ** faults,
    const gchar * latency, GError ** error)
{
  gchar *text = NULL;
  ProviderPeer *peer = NULL;

  if (!script || g_file_get_contents (script, &text, NULL, error)) {
    settings->script = text;
    peer = provider_peer_new (settings, error);
  }
  g_free (text);
  for (gchar ** fault = faults; peer && fault && *fault; fault++) {
    if (!add_fault (peer, *fault)) {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "there is no fault '%s' here", *fault);
      g_clear_pointer (&peer, provider_peer_free);
    }
  }
  if (peer && latency && !set_latency (peer, latency)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "'%s' is no latency", latency);
    g_clear_pointer (&peer, provider_peer_free);
  }
  return peer;
}

int
main (int argc, char **argv)
{
  gint port = 0, idle = 0;
  gchar *pem = NULL, *bad = NULL, *script = NULL, *key = NULL;
  gchar *latency = NULL, **faults = NULL, *trace = NULL;
  gboolean each = FALSE, keep = FALSE, served = FALSE;
  const GOptionEntry entries[] = {
    {"port", 'p', 0, G_OPTION_ARG_INT, &port, "default: a free one", "N"},
    {"tls-cert", 't', 0, G_OPTION_ARG_FILENAME, &pem, "key and certificate",
        "PEM"},
    {"bad-cert", 0, 0, G_OPTION_ARG_FILENAME, &bad, "for bad-tls", "PEM"},
    {"fault", 'f', 0, G_OPTION_ARG_STRING_ARRAY, &faults,
          "from the Nth request on, for M requests, after so many pieces",
        "NAME[/PROTOCOL][@N[xM]][+PIECES]"},
    {"latency", 'l', 0, G_OPTION_ARG_STRING, &latency, "milliseconds",
        "HEAD[,FIRST[,BETWEEN]]"},
    {"script", 's', 0, G_OPTION_ARG_FILENAME, &script,
        "what is heard and answered", "JSON"},
    {"key", 'k', 0, G_OPTION_ARG_STRING, &key, "the only right one", "KEY"},
    {"idle", 0, 0, G_OPTION_ARG_INT, &idle, "before they hang up", "MS"},
    {"hear-each", 0, 0, G_OPTION_ARG_NONE, &each,
        "each connection hears the script from its beginning", NULL},
    {"keep", 0, 0, G_OPTION_ARG_NONE, &keep,
        "one HTTP request after the other on a connection", NULL},
    {"trace", 0, 0, G_OPTION_ARG_FILENAME, &trace,
        "what comes and goes, and when", "FILE"},
    {NULL}
  };
  GOptionContext *context = g_option_context_new (NULL);
  GError *error = NULL;
  ProviderPeer *peer = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, &argc, &argv, &error)) {
    ProviderPeerSettings settings = {.port = port,.pem = pem,.bad_pem = bad,
      .key = key,.idle_ms = idle,.forget = TRUE,.hear_each = each,.keep = keep,
      .trace = trace ? fopen (trace, "w") : NULL
    };

    peer = start (&settings, script, faults, latency, &error);
  }
  g_option_context_free (context);
  if (peer) {
    g_thread_pool_set_max_unused_threads (0);
    serve (peer);
    provider_peer_free (peer);
    if (pem)
      let_threads_end ();
    served = TRUE;
  } else {
    g_printerr ("provider-peers: %s\n", error->message);
  }
  g_free (pem);
  g_free (bad);
  g_free (script);
  g_free (key);
  g_free (latency);
  g_free (trace);
  g_strfreev (faults);
  g_clear_error (&error);
  return served ? 0 : 2;
}
