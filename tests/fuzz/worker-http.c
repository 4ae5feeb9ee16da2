/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The head of a request for a worker's pages, and an address to have them at.
 */
#include <string.h>
#include <worker-http.h>

int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

static const gchar *
get_trouble (gpointer data)
{
  return NULL;
}

static gchar *
get_page (gpointer data)
{
  return g_strdup ("page\n");
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  static const WorkerPages pages = {.trouble = get_trouble,.info = get_page,
    .metrics = get_page
  };
  gchar *text = g_strndup ((const gchar *) data, size);
  gchar *answer = worker_http_answer (text, &pages, NULL);
  GInetAddress *host = NULL;
  guint16 port;

  if (!g_str_has_prefix (answer, "HTTP/1.1 ") || !strstr (answer, "\r\n\r\n"))
    g_error ("no answer: %s", answer);
  worker_http_parse_address (text, &host, &port, NULL);
  g_clear_object (&host);
  g_free (answer);
  g_free (text);
  return 0;
}
