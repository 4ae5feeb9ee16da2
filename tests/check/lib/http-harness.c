/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tests of the HTTP client share: a peer with a script, requests that
 * check the order of their callbacks and can be waited for, and a resolver that
 * knows no names.
 */
#include "http-harness.h"

#include <string.h>

/* What the peer answers; an apostrophe stands for a quotation mark. */
static const gchar script[] = "{"
    "'/hello': {'headers': {'X-Test': 'yes', 'X-Request-Id': 'r-1'},"
    "  'steps': ['hello ', 'world']},"
    "'/none': {'status': 204},"
    "'/gates': {'steps': ['one', {'gate': true}, 'two', {'gate': true},"
    "  'three']},"
    "'/loris': {'steps': ['a', {'gate': true}, 'b', {'gate': true}, 'c',"
    "  {'gate': true}, 'd', {'hang': true}]},"
    "'/hold': {'hold': true, 'steps': ['held']},"
    "'/hang': {'status': 0, 'steps': [{'hang': true}]},"
    "'/stall': {'steps': ['begun', {'hang': true}]},"
    "'/head-only': {'framing': 'chunked', 'steps': [{'hang': true}]},"
    "'/refusal-stalls': {'status': 503, 'steps': ['no', {'hang': true}]},"
    "'/gone': {'status': 0, 'steps': [{'close': true}]},"
    "'/reset': {'steps': ['piece', {'gate': true}, {'reset': true}]},"
    "'/cut-chunks': {'steps': ['a whole chunk', {'close': true}]},"
    "'/cut-chunk': {'steps': [{'raw': '20\\r\\nnot all'}, {'close': true}]},"
    "'/cut-length': {'length': 50, 'steps': ['not all', {'close': true}]},"
    "'/cut-length-close': {'length': 50, 'headers': {'Connection': 'close'},"
    "  'steps': ['not all', {'close': true}]},"
    "'/trailer': {'framing': 'close', 'headers': {'Transfer-Encoding':"
    "  'chunked'}, 'steps': [{'raw': '4\\r\\ntext\\r\\n0\\r\\n"
    "X-End: 1\\r\\n\\r\\n'}]},"
    "'/until-close': {'framing': 'close', 'steps': ['all of it']},"
    "'/garbage': {'status': 0, 'steps': [{'raw': 'SSH-2.0-x\\r\\n\\r\\n'},"
    "  {'close': true}]},"
    "'/401-big': {'status': 401, 'headers': {'WWW-Authenticate':"
    "  'Basic realm=x'}, 'steps': [{'fill': 10485760}]},"
    "'/big': {'steps': [{'fill': 10485760}]},"
    "'/big-again': {'framing': 'chunked', 'steps': [{'fill': 10485760}]},"
    "'/100': {'status': 404, 'steps': [{'fill': 100000}]},"
    "'/301': {'status': 301, 'headers': {'Location': '/hello'}},"
    "'/302': {'status': 302, 'headers': {'Location': 'hello?k=1'},"
    "  'steps': [{'fill': 100000}]},"
    "'/circle': {'status': 302, 'headers': {'Location': '/circle'}},"
    "'/nowhere': {'status': 302, 'headers': {'Location': 'ftp://host/'}},"
    "'/no-location': {'status': 302},"
    "'/400': {'status': 400, 'steps': ['{\\u0022why\\u0022: 1}']},"
    "'/401': {'status': 401, 'headers': {'WWW-Authenticate':"
    "  'Basic realm=x', 'Request-Id': 'r-401'}, 'steps': ['bad key']},"
    "'/402': {'status': 402}, '/403': {'status': 403},"
    "'/429': {'status': 429, 'headers': {'Retry-After': '7'}},"
    "'/429-ms': {'status': 429, 'headers': {'Retry-After': '7',"
    "  'retry-after-ms': '250'}},"
    "'/429-past': {'status': 429, 'headers': {'Retry-After':"
    "  'Wed, 21 Oct 2015 07:28:00 GMT'}},"
    "'/429-date': {'status': 429, 'headers': {'Retry-After':"
    "  'Wed, 21 Oct 2065 07:28:00 GMT'}},"
    "'/429-nonsense': {'status': 429, 'headers': {'Retry-After': 'soon'}},"
    "'/500': {'status': 500}, '/503': {'status': 503, 'steps': ['busy']},"
    "'/not-utf8': {'status': 500, 'steps': [{'base64': '/3h4'}]},"
    "'/ends': [{'length': 2, 'steps': ['ok', {'close': true}]},"
    "  {'steps': ['again']}],"
    "'/dies-once': [{'steps': ['ok']}, {'status': 0, 'steps':"
    "  [{'close': true}]}, {'steps': ['ok']}]" "}";

static void
on_headers (GstVoiceHttpRequest * request, guint status, gpointer data)
{
  Call *call = data;

  g_assert_true (gst_voice_io_is_owner ());
  g_mutex_lock (&call->lock);
  g_assert_cmpuint (call->n_headers + call->n_pieces + call->n_done
      + call->n_destroyed, ==, 0);
  call->n_headers++;
  call->status = status;
  call->header = g_strdup (gst_voice_http_request_get_header (request,
          "x-test"));
  g_cond_broadcast (&call->changed);
  g_mutex_unlock (&call->lock);
  if (call->cancel_in_headers)
    gst_voice_http_cancel (request);
}

static void
on_data (GstVoiceHttpRequest * request, const guint8 * data, gsize size,
    gpointer user_data)
{
  Call *call = user_data;
  gboolean first;

  g_assert_true (gst_voice_io_is_owner ());
  g_assert_cmpuint (size, >, 0);
  if (call->toggle_in_data) {
    gst_voice_http_pause (request, TRUE);
    gst_voice_http_pause (request, FALSE);
  }
  g_mutex_lock (&call->lock);
  g_assert_cmpuint (call->n_headers, ==, 1);
  g_assert_cmpuint (call->n_done + call->n_destroyed, ==, 0);
  first = call->n_pieces++ == 0;
  g_byte_array_append (call->body, data, size);
  g_cond_broadcast (&call->changed);
  g_mutex_unlock (&call->lock);
  if (call->pause_in_data && first)
    gst_voice_http_pause (request, TRUE);
  if (call->cancel_in_data)
    gst_voice_http_cancel (request);
}

static void
assert_error_is_fit_to_be_seen (const GError * error)
{
  g_assert_cmpint (error->domain, ==, GST_VOICE_ERROR);
  g_assert_null (strstr (error->message, SECRET));
  g_assert_null (strstr (error->message, "?"));
  g_assert_nonnull (strstr (error->message, ": "));
}

static void
on_done (GstVoiceHttpRequest * request, const GError * error, guint status,
    const gchar * request_id, gpointer data)
{
  Call *call = data;

  g_assert_true (gst_voice_io_is_owner ());
  g_mutex_lock (&call->lock);
  g_assert_cmpuint (call->n_done + call->n_destroyed, ==, 0);
  call->n_done++;
  call->status = status;
  call->went_out = gst_voice_http_request_went_out (request);
  call->id = g_strdup (request_id);
  call->error_body = g_strdup (gst_voice_http_request_get_error_body (request));
  call->retry_after = gst_voice_http_request_get_retry_after (request);
  if (error) {
    assert_error_is_fit_to_be_seen (error);
    call->error = g_error_copy (error);
  }
  g_mutex_unlock (&call->lock);
}

static void
on_destroy (gpointer data)
{
  Call *call = data;

  g_mutex_lock (&call->lock);
  call->n_destroyed++;
  g_cond_broadcast (&call->changed);
  g_mutex_unlock (&call->lock);
}

Call *
call_new (const gchar * method, const gchar * url)
{
  static const GstVoiceHttpCallbacks callbacks = { on_headers, on_data,
    on_done
  };
  static const GstVoiceHttpDeadlines deadlines = { PATIENCE_MS, PATIENCE_MS,
    PATIENCE_MS, PATIENCE_MS
  };
  Call *call = g_new0 (Call, 1);

  g_mutex_init (&call->lock);
  g_cond_init (&call->changed);
  call->body = g_byte_array_new ();
  call->request = gst_voice_http_request_new (method, url);
  gst_voice_http_request_set_deadlines (call->request, &deadlines);
  gst_voice_http_request_set_header (call->request, "X-Key", SECRET);
  gst_voice_http_request_set_callbacks (call->request, &callbacks, call,
      on_destroy);
  return call;
}

Call *
call_peer (HttpPeer * peer, const gchar * method, const gchar * path)
{
  gchar *base = http_peer_url (peer, path);
  gchar *url = g_strconcat (base, "?key=" SECRET, NULL);
  Call *call = call_new (method, url);

  g_free (url);
  g_free (base);
  return call;
}

void
call_deadlines (Call * call, guint connect, guint first_byte, guint stall,
    guint total)
{
  const GstVoiceHttpDeadlines deadlines = { connect, first_byte, stall, total };

  gst_voice_http_request_set_deadlines (call->request, &deadlines);
}

void
call_send (Call * call)
{
  g_assert_true (gst_voice_http_send (call->request));
}

/* Until the request has given back its data: then it is over. */
void
call_wait (Call * call)
{
  g_mutex_lock (&call->lock);
  while (!call->n_destroyed)
    g_cond_wait (&call->changed, &call->lock);
  g_mutex_unlock (&call->lock);
}

/* These two end also if the request does. */
void
call_wait_headers (Call * call)
{
  g_mutex_lock (&call->lock);
  while (!call->n_headers && !call->n_destroyed)
    g_cond_wait (&call->changed, &call->lock);
  g_mutex_unlock (&call->lock);
}

void
call_wait_bytes (Call * call, guint n)
{
  g_mutex_lock (&call->lock);
  while (call->body->len < n && !call->n_destroyed)
    g_cond_wait (&call->changed, &call->lock);
  g_mutex_unlock (&call->lock);
}

guint
call_bytes (Call * call)
{
  guint n;

  g_mutex_lock (&call->lock);
  n = call->body->len;
  g_mutex_unlock (&call->lock);
  return n;
}

void
call_free (Call * call)
{
  g_clear_pointer (&call->request, gst_voice_http_request_unref);
  g_byte_array_unref (call->body);
  g_clear_error (&call->error);
  g_free (call->id);
  g_free (call->error_body);
  g_free (call->header);
  g_mutex_clear (&call->lock);
  g_cond_clear (&call->changed);
  g_free (call);
}

void
assert_body (Call * call, const gchar * text)
{
  g_assert_cmpmem (call->body->data, call->body->len, text, strlen (text));
}

void
assert_succeeded (Call * call, const gchar * body)
{
  g_assert_no_error (call->error);
  g_assert_cmpuint (call->n_done, ==, 1);
  g_assert_cmpuint (call->n_destroyed, ==, 1);
  g_assert_cmpuint (call->status, ==, 200);
  if (body)
    assert_body (call, body);
}

void
assert_failed (Call * call, GstVoiceError code)
{
  g_assert_cmpuint (call->n_done, ==, 1);
  g_assert_cmpuint (call->n_destroyed, ==, 1);
  g_assert_error (call->error, GST_VOICE_ERROR, (gint) code);
}

void
assert_cancelled (Call * call)
{
  g_assert_cmpuint (call->n_done, ==, 0);
  g_assert_cmpuint (call->n_destroyed, ==, 1);
}

void
fetch_ok (HttpPeer * peer, const gchar * method, const gchar * path,
    const gchar * body)
{
  Call *call = call_peer (peer, method, path);

  call_send (call);
  call_wait (call);
  assert_succeeded (call, body);
  call_free (call);
}

/* Returns: (transfer full): the call, which failed with @code */
Call *
fetch_bad (HttpPeer * peer, const gchar * method, const gchar * path,
    GstVoiceError code)
{
  Call *call = call_peer (peer, method, path);

  call_send (call);
  call_wait (call);
  assert_failed (call, code);
  return call;
}

static guint
count_in (const gchar * path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  g_dir_close (dir);
  return n;
}

static void
begin (World * world, const gchar * text, const gchar * pem)
{
  gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  GError *error = NULL;

  world->resolver = NULL;
  world->fds = count_in ("/proc/self/fd");
  world->peer = http_peer_new (json, pem, 0, &error);
  g_assert_no_error (error);
  gst_voice_io_ref ();
  g_free (json);
}

void
world_begin (World * world)
{
  begin (world, script, NULL);
}

/* With TLS, and trust in the peer's certificate.
 * @text: (nullable): the script */
void
world_begin_tls (World * world, const gchar * text)
{
  g_setenv ("GST_VOICE_CA_FILE", PEER_PEM, TRUE);
  begin (world, text ? text : script, PEER_PEM);
}

void
world_begin_with (World * world, const gchar * text, const gchar * pem)
{
  begin (world, text ? text : script, pem);
}

void
world_end (World * world)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_MS * 1000;

  gst_voice_io_unref ();
  g_unsetenv ("GST_VOICE_CA_FILE");
  http_peer_wait_open (world->peer, 0);
  http_peer_free (world->peer);
  if (world->resolver) {
    g_resolver_set_default (world->resolver);
    g_object_unref (world->resolver);
  }
  /* A thread of GLib's that has shaken hands for us may hold on to our context
   * for a moment longer. */
  while (count_in ("/proc/self/fd") != world->fds
      && g_get_monotonic_time () < end)
    g_thread_yield ();
  g_assert_cmpuint (count_in ("/proc/self/fd"), ==, world->fds);
}

void
assert_call_fails (const gchar * url, GstVoiceError code, const gchar * says)
{
  Call *call = call_new ("GET", url);

  call_send (call);
  call_wait (call);
  assert_failed (call, code);
  g_assert_nonnull (strstr (call->error->message, says));
  g_assert_cmpuint (call->n_headers, ==, 0);
  g_assert_cmpuint (call->status, ==, 0);
  g_assert_false (call->went_out);
  call_free (call);
}

void
assert_ten_mb (Call * call)
{
  assert_succeeded (call, NULL);
  g_assert_cmpuint (call->body->len, ==, TEN_MB);
  for (guint i = 0; i < TEN_MB; i++) {
    if (call->body->data[i] != i % 251)
      g_error ("wrong byte at %u", i);
  }
}

/* A resolver that knows no host, and for slow.invalid never says so. */
typedef GResolver TestResolver;
typedef GResolverClass TestResolverClass;

static GType test_resolver_get_type (void);
G_DEFINE_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER);

static gboolean
lookup_cancelled (GCancellable * cancellable, gpointer task)
{
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void
lookup_async (GResolver * resolver, const gchar * name,
    GResolverNameLookupFlags flags, GCancellable * cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (resolver, cancellable, callback, user_data);

  if (!strcmp (name, "slow.invalid")) {
    GSource *source = g_cancellable_source_new (cancellable);

    g_source_set_callback (source, G_SOURCE_FUNC (lookup_cancelled),
        g_object_ref (task), g_object_unref);
    g_source_attach (source, g_task_get_context (task));
    g_source_unref (source);
  } else {
    g_task_return_new_error (task, G_RESOLVER_ERROR,
        G_RESOLVER_ERROR_NOT_FOUND, "%s?" SECRET, name);
  }
  g_object_unref (task);
}

static GList *
lookup_finish (GResolver * resolver, GAsyncResult * result, GError ** error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_init (TestResolver * resolver)
{
}

static void
test_resolver_class_init (TestResolverClass * klass)
{
  klass->lookup_by_name_with_flags_async = lookup_async;
  klass->lookup_by_name_with_flags_finish = lookup_finish;
}

void
assert_deadline (HttpPeer * peer, const gchar * path, GstVoiceError code,
    guint first_byte, guint stall, guint total)
{
  Call *call = call_peer (peer, "POST", path);

  call_deadlines (call, PATIENCE_MS, first_byte, stall, total);
  call_send (call);
  call_wait (call);
  assert_failed (call, code);
  call_free (call);
}

/* Names are unknown from here on. */
void
use_test_resolver (World * world)
{
  GResolver *resolver = g_object_new (test_resolver_get_type (), NULL);

  world->resolver = g_resolver_get_default ();
  g_resolver_set_default (resolver);
  g_object_unref (resolver);
}

/* Each connection, of a client and of a server, reads the default authorities
 * again (glib-networking before 2.80), even if it is to judge by others. The
 * machine's take a second each with a sanitizer, and several deadlines when
 * the machine is busy. */
static void
use_small_authorities (void)
{
  GError *error = NULL;
  GTlsDatabase *database = g_tls_file_database_new (STRANGER_PEM, &error);

  g_assert_no_error (error);
  g_tls_backend_set_default_database (g_tls_backend_get_default (), database);
  g_object_unref (database);
}

void
http_test_init (int *argc, char ***argv)
{
  static const gchar *const variables[] = { "http_proxy", "https_proxy",
    "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
    "GST_VOICE_CA_FILE"
  };

  g_test_init (argc, argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    g_unsetenv (variables[i]);
  /* What stays for the life of a process: the default context, and a thread of
   * GLib's with a context. */
  g_main_context_default ();
  g_type_ensure (G_TYPE_TASK);
  g_thread_pool_set_max_unused_threads (0);
  use_small_authorities ();
}

/* LeakSanitizer fails on threads that have used a TLS library, so GLib's pool
 * gets the half second that it keeps them. */
int
http_test_run (void)
{
  int result = g_test_run ();

  while (count_in ("/proc/self/task") > 2)
    g_thread_yield ();
  return result;
}
