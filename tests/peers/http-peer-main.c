/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * http-peer [--port N] [--tls FILE.pem] SCRIPT.json
 *
 * Serves a script (http-peer.h) until it is killed. Prints its address, then a
 * line for each request. A request to /-/release/PATH opens a gate of /PATH.
 */
#include "http-peer.h"

#include <stdio.h>

static HttpPeer *
start (const gchar * path, const gchar * pem, guint16 port, GError ** error)
{
  gchar *script = NULL;
  HttpPeer *peer = NULL;

  if (g_file_get_contents (path, &script, NULL, error))
    peer = http_peer_new (script, pem, port, error);
  g_free (script);
  return peer;
}

static void
serve (HttpPeer * peer)
{
  http_peer_set_patience (peer, 0);
  setvbuf (stdout, NULL, _IOLBF, 0);
  g_print ("http-peer listens on 127.0.0.1:%u\n", http_peer_port (peer));
  for (guint i = 0;; i++) {
    const HttpPeerRequest *request = http_peer_request (peer, i);

    g_print ("%u %s %s %" G_GSIZE_FORMAT "\n", request->connection,
        request->method, request->target, g_bytes_get_size (request->body));
  }
}

int
main (int argc, char **argv)
{
  gint port = 0;
  gchar *pem = NULL;
  const GOptionEntry entries[] = {
    {"port", 'p', 0, G_OPTION_ARG_INT, &port, "port, default a free one", "N"},
    {"tls", 't', 0, G_OPTION_ARG_FILENAME, &pem, "key and certificate", "PEM"},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("SCRIPT.json");
  GError *error = NULL;
  HttpPeer *peer = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, &argc, &argv, &error) && argc == 2)
    peer = start (argv[1], pem, port, &error);
  g_option_context_free (context);
  g_free (pem);
  if (peer)
    serve (peer);
  g_printerr ("http-peer: %s\n", error ? error->message :
      "one argument is needed, the script");
  g_clear_error (&error);
  return 2;
}
