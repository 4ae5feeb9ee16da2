/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The SoupSession of the process: made on the network thread at first use,
 * taken down when that thread ends. Proxies come from the environment
 * (`http_proxy`, `https_proxy`, `all_proxy`, `no_proxy`).
 *
 * GLib's default proxy resolver is not asked: with what Debian installs it
 * costs a pool thread for each connection and a D-Bus thread for the settings
 * of a desktop, to read the same variables.
 *
 * Threads: network thread only, but for gst_voice_http_session_new (). Locks:
 * none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "http-session.h"
#include "io.h"
#include "tls.h"

#include <string.h>

/* Longer than the pause between two turns of a conversation; a proxy or load
 * balancer on the way rarely forgets a connection sooner. */
#define IDLE_TIMEOUT_S 60

/* How long the end of the network thread waits for operations to come back. */
#define END_TIMEOUT_US (5 * G_USEC_PER_SEC)

typedef struct
{
  SoupSession *session;         /* NULL if it could not be made: */
  GError *error;
  guint holds;
} Shared;

static GPrivate shared_on_io;

static gchar *
proxy_variable (const gchar * lower, const gchar * upper)
{
  const gchar *value = g_getenv (lower);

  if ((!value || !*value) && upper)
    value = g_getenv (upper);
  if (!value || !*value)
    return NULL;
  return strstr (value, "://") ? g_strdup (value) :
      g_strconcat ("http://", value, NULL);
}

/* GSimpleProxyResolver takes the names as they are in no_proxy, but stops at an
 * empty one. */
static gchar **
split_names (const gchar * names)
{
  gchar **split = g_strsplit_set (names ? names : "", ", ", -1);
  guint n = 0;

  for (guint i = 0; split[i]; i++) {
    if (*split[i])
      split[n++] = split[i];
    else
      g_free (split[i]);
  }
  split[n] = NULL;
  return split;
}

/* HTTP_PROXY in capitals is left out: a web server sets it from a request's
 * header for the programs it runs. */
static GProxyResolver *
proxies_from_environment (void)
{
  gchar *http = proxy_variable ("http_proxy", NULL);
  gchar *https = proxy_variable ("https_proxy", "HTTPS_PROXY");
  gchar *all = proxy_variable ("all_proxy", "ALL_PROXY");
  const gchar *none = g_getenv ("no_proxy") ? g_getenv ("no_proxy") :
      g_getenv ("NO_PROXY");
  GProxyResolver *resolver = NULL;

  if ((http || https || all) && g_strcmp0 (none, "*") != 0) {
    gchar **ignored = split_names (none);

    resolver = g_simple_proxy_resolver_new (all, ignored);
    if (http)
      g_simple_proxy_resolver_set_uri_proxy (G_SIMPLE_PROXY_RESOLVER
          (resolver), "http", http);
    if (https)
      g_simple_proxy_resolver_set_uri_proxy (G_SIMPLE_PROXY_RESOLVER
          (resolver), "https", https);
    g_strfreev (ignored);
  }
  g_free (http);
  g_free (https);
  g_free (all);
  return resolver;
}

/**
 * gst_voice_http_session_new:
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): a session with our proxies and
 *   authorities, for the thread that calls
 */
SoupSession *
gst_voice_http_session_new (GError ** error)
{
  GTlsDatabase *database = gst_voice_tls_get_database (error);
  GProxyResolver *proxies;
  SoupSession *session;

  if (!database)
    return NULL;
  proxies = proxies_from_environment ();
  session = g_object_new (SOUP_TYPE_SESSION,
      "max-conns", G_MAXINT, "max-conns-per-host", G_MAXINT,
      "timeout", 0, "idle-timeout", IDLE_TIMEOUT_S,
      "user-agent", "gst-voice/" VERSION,
      "proxy-resolver", proxies, "tls-database", database, NULL);
  g_clear_object (&proxies);
  g_object_unref (database);
  return session;
}

static gboolean
wake_up (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Whoever has operations under way has cancelled them by now. */
static void
shared_end (gpointer data)
{
  Shared *shared = data;
  GMainContext *context = g_main_context_get_thread_default ();
  gint64 end = g_get_monotonic_time () + END_TIMEOUT_US;
  GSource *source = g_timeout_source_new (END_TIMEOUT_US / 1000 + 1);

  g_source_set_callback (source, wake_up, NULL, NULL);
  g_source_attach (source, context);
  while (shared->holds > 0 && g_get_monotonic_time () < end)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (source);
  g_source_unref (source);
  if (shared->holds > 0)
    g_warning ("%u network operations did not end in time", shared->holds);

  if (shared->session) {
    soup_session_abort (shared->session);
    g_object_unref (shared->session);
  }
  g_clear_error (&shared->error);
  g_private_set (&shared_on_io, NULL);
  g_free (shared);
}

static Shared *
get_shared (void)
{
  Shared *shared = g_private_get (&shared_on_io);

  g_assert (gst_voice_io_is_owner ());
  if (!shared) {
    shared = g_new0 (Shared, 1);
    shared->session = gst_voice_http_session_new (&shared->error);
    g_private_set (&shared_on_io, shared);
    gst_voice_io_at_end (shared_end, shared);
  }
  return shared;
}

/* Returns: (transfer none) (nullable): the session; not NULL a second time in
 * the same thread if it was not the first time, and the other way round. */
SoupSession *
gst_voice_http_session_on_io (GError ** error)
{
  Shared *shared = get_shared ();

  if (!shared->session && error)
    *error = g_error_copy (shared->error);
  return shared->session;
}

/* Between these two an operation of libsoup is under way, and the network
 * thread waits for it before it takes the session down. One that came back too
 * late finds no session any more. */
void
gst_voice_http_session_hold_on_io (void)
{
  Shared *shared = g_private_get (&shared_on_io);

  if (shared)
    shared->holds++;
}

void
gst_voice_http_session_release_on_io (void)
{
  Shared *shared = g_private_get (&shared_on_io);

  if (shared)
    shared->holds--;
}

/* HTTP/1.1 only, whose connections are kept and used again. With libsoup 3.2.3
 * HTTP/2 does put parallel requests on one connection, and streams, but:
 * - a stream cannot be held back: of a paused answer of 200 MB, 16 KB of it
 *   read, the last byte was taken, and the process grew by 205 MB;
 * - a request that is cancelled before the answer's head goes on at the service
 *   until something else comes over the connection, 2 s later or never;
 * - a connection that has gone dead is given to every later request to that
 *   host, none of which is answered. */
static void
network_event (SoupMessage * msg, GSocketClientEvent event,
    GIOStream * connection, gpointer user_data)
{
  static const gchar *const protocols[] = { "http/1.1", NULL };

  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING)
    g_tls_connection_set_advertised_protocols (G_TLS_CONNECTION (connection),
        protocols);
}

/* To be called for every message before it is sent. */
void
gst_voice_http_session_prepare_on_io (SoupMessage * msg)
{
  /* We carry our own Authorization; and without this a 401's body would be
   * gathered in memory whatever its size. */
  soup_message_disable_feature (msg, SOUP_TYPE_AUTH_MANAGER);
  g_signal_connect (msg, "network-event", G_CALLBACK (network_event), NULL);
}
