/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Calls in virtual time: what goes out, and what callers hear.
 */
#include <client-rpc.h>
#include <string.h>

typedef struct
{
  ClientRpc *rpc;
  gboolean full;                /* nothing is taken */
  gchar *id;                    /* of the last packet */
  GString *out, *heard;
} Scene;

static gboolean
push (gpointer user, GBytes * packet)
{
  Scene *s = user;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (packet, &size);
  LivekitData *data = livekit_data_decode (bytes, size, NULL);

  g_free (s->id);
  if (data->type == LIVEKIT_DATA_RPC_REQUEST) {
    s->id = g_strdup (data->rpc_request.id);
    g_string_append_printf (s->out, "%s(%s,%u) ", data->rpc_request.method,
        data->rpc_request.payload, data->rpc_request.timeout_ms);
  } else if (data->type == LIVEKIT_DATA_RPC_ACK) {
    s->id = g_strdup (data->rpc_ack);
    g_string_append_printf (s->out, "ack(%s) ", data->rpc_ack);
  } else {
    s->id = g_strdup (data->rpc_response.id);
    g_string_append_printf (s->out, "%s=%s(%u) ", data->rpc_response.id,
        data->rpc_response.payload, data->rpc_response.code);
  }
  livekit_data_free (data);
  g_bytes_unref (packet);
  return !s->full;
}

static void
set_up (Scene * s)
{
  memset (s, 0, sizeof *s);
  s->rpc = client_rpc_new (push, s);
  s->out = g_string_new (NULL);
  s->heard = g_string_new (NULL);
}

static void
tear_down (Scene * s)
{
  client_rpc_free (s->rpc);
  g_string_free (s->out, TRUE);
  g_string_free (s->heard, TRUE);
  g_free (s->id);
}

static void
expect (Scene * s, const gchar * out, const gchar * heard)
{
  g_assert_cmpstr (s->out->str, ==, out);
  g_assert_cmpstr (s->heard->str, ==, heard);
  g_string_truncate (s->out, 0);
  g_string_truncate (s->heard, 0);
}

static void
on_done (gpointer user, const gchar * payload, LivekitRpcCode code,
    const gchar * message)
{
  Scene *s = user;

  g_assert_true ((payload == NULL) == (code != 0));
  g_string_append_printf (s->heard, "%s(%d) ", payload ? payload : message,
      code);
}

static void
call (Scene * s, const gchar * identity, guint timeout, gint64 now)
{
  client_rpc_call (s->rpc, identity, "m", "p", timeout, on_done, s, now);
}

static void
reply (Scene * s, LivekitDataType type, const gchar * from, const gchar * id,
    const gchar * payload, guint code, gint64 now)
{
  LivekitData packet = {.type = type,.identity = (gchar *) from };

  if (type == LIVEKIT_DATA_RPC_ACK) {
    packet.rpc_ack = (gchar *) id;
  } else {
    packet.rpc_response.id = (gchar *) id;
    packet.rpc_response.payload = (gchar *) payload;
    packet.rpc_response.code = code;
  }
  client_rpc_take_reply (s->rpc, &packet, now);
}

static gboolean
request (Scene * s, const gchar * from, const gchar * id, guint version,
    guint timeout, gint64 now)
{
  LivekitData packet = {.type = LIVEKIT_DATA_RPC_REQUEST,
    .identity = (gchar *) from
  };

  packet.rpc_request.id = (gchar *) id;
  packet.rpc_request.method = (gchar *) "m";
  packet.rpc_request.payload = (gchar *) "";
  packet.rpc_request.version = version;
  packet.rpc_request.timeout_ms = timeout;
  return client_rpc_take_request (s->rpc, &packet, now);
}

#define ACK LIVEKIT_DATA_RPC_ACK
#define RESPONSE LIVEKIT_DATA_RPC_RESPONSE

static void
answered (void)
{
  Scene s;
  gchar *id;

  set_up (&s);
  call (&s, "bert", 0, 0);
  id = g_strdup (s.id);
  expect (&s, "m(p,8000) ", "");
  reply (&s, ACK, "bert", id, NULL, 0, 100);
  g_assert_cmpint (client_rpc_get_deadline (s.rpc), ==, 15000);
  reply (&s, RESPONSE, "carl", id, "false", 0, 200);
  reply (&s, RESPONSE, "bert", "other", "false", 0, 200);
  expect (&s, "", "");
  reply (&s, RESPONSE, "bert", id, "yes", 0, 300);
  reply (&s, RESPONSE, "bert", id, "again", 0, 400);
  expect (&s, "", "yes(0) ");
  g_assert_cmpint (client_rpc_get_deadline (s.rpc), ==, G_MAXINT64);
  g_free (id);
  /* An error, and one without words. */
  call (&s, "bert", 20000, 0);
  reply (&s, RESPONSE, "bert", s.id, "no luck", 1234, 1);
  call (&s, "bert", 500, 0);
  reply (&s, RESPONSE, "bert", s.id, "", 1400, 1);
  expect (&s, "m(p,13000) m(p,1000) ",
      "no luck(1234) Method not supported at destination(1400) ");
  tear_down (&s);
}

static void
timeouts (void)
{
  Scene s;

  set_up (&s);
  call (&s, "bert", 0, 0);
  client_rpc_tick (s.rpc, 6999);
  expect (&s, "m(p,8000) ", "");
  client_rpc_tick (s.rpc, 7000);
  expect (&s, "", "Connection timeout(1501) ");
  call (&s, "bert", 0, 10000);
  reply (&s, ACK, "bert", s.id, NULL, 0, 10100);
  client_rpc_tick (s.rpc, 24999);
  expect (&s, "m(p,8000) ", "");
  client_rpc_tick (s.rpc, 25000);
  reply (&s, RESPONSE, "bert", s.id, "late", 0, 25001);
  expect (&s, "", "Response timeout(1502) ");
  tear_down (&s);
}

static void
failures (void)
{
  Scene s;
  gchar *much = g_strnfill (LIVEKIT_RPC_MAX_PAYLOAD + 1, 'x');

  set_up (&s);
  client_rpc_call (s.rpc, "bert", "m", much, 0, on_done, &s, 0);
  expect (&s, "", "Request payload too large(1402) ");
  s.full = TRUE;
  call (&s, "bert", 0, 0);
  expect (&s, "m(p,8000) ", "Failed to send(1505) ");
  s.full = FALSE;
  call (&s, "bert", 0, 0);
  call (&s, "carl", 0, 0);
  client_rpc_left (s.rpc, "bert");
  expect (&s, "m(p,8000) m(p,8000) ", "Recipient disconnected(1503) ");
  client_rpc_end (s.rpc);
  expect (&s, "", "Recipient disconnected(1503) ");
  for (guint i = 0; i < 256; i++)
    call (&s, "bert", 0, 0);
  g_string_truncate (s.out, 0);
  call (&s, "bert", 0, 0);
  expect (&s, "", "Failed to send(1505) ");
  g_free (much);
  tear_down (&s);
}

static void
requests (void)
{
  Scene s;

  set_up (&s);
  g_assert_true (request (&s, "bert", "1", 1, 1000, 0));
  expect (&s, "ack(1) ", "");
  g_assert_false (request (&s, "bert", "1", 1, 1000, 0));
  g_assert_false (request (&s, "bert", "", 1, 1000, 0));
  g_assert_false (request (&s, "", "2", 1, 1000, 0));
  expect (&s, "", "");
  client_rpc_answer (s.rpc, "carl", "1", "no", 0, NULL);
  expect (&s, "", "");
  client_rpc_answer (s.rpc, "bert", "1", "yes", 0, NULL);
  client_rpc_answer (s.rpc, "bert", "1", "yes", 0, NULL);
  expect (&s, "1=yes(0) ", "");
  g_assert_false (request (&s, "bert", "2", 2, 1000, 0));
  expect (&s, "ack(2) 2=Unsupported RPC version(1404) ", "");
  /* Too late, and after the caller has left. */
  g_assert_true (request (&s, "bert", "3", 1, 1000, 0));
  g_assert_cmpint (client_rpc_get_deadline (s.rpc), ==, 1000);
  client_rpc_tick (s.rpc, 1000);
  client_rpc_answer (s.rpc, "bert", "3", "yes", 0, NULL);
  g_assert_true (request (&s, "bert", "4", 1, 0, 0));
  g_assert_cmpint (client_rpc_get_deadline (s.rpc), ==, 15000);
  client_rpc_left (s.rpc, "bert");
  client_rpc_answer (s.rpc, "bert", "4", "yes", 0, NULL);
  expect (&s, "ack(3) ack(4) ", "");
  g_assert_true (request (&s, "bert", "5", 1, 0, 0));
  client_rpc_answer (s.rpc, "bert", "5", NULL, LIVEKIT_RPC_APPLICATION_ERROR,
      NULL);
  expect (&s, "ack(5) 5=Application error in method handler(1500) ", "");
  for (guint i = 100; i < 100 + 256; i++) {
    gchar *id = g_strdup_printf ("%u", i);

    g_assert_true (request (&s, "bert", id, 1, 0, 0));
    g_free (id);
  }
  g_string_truncate (s.out, 0);
  g_assert_false (request (&s, "bert", "x", 1, 0, 0));
  expect (&s, "ack(x) x=too many calls at a time(1500) ", "");
  tear_down (&s);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/livekit/client-rpc/answered", answered);
  g_test_add_func ("/livekit/client-rpc/timeouts", timeouts);
  g_test_add_func ("/livekit/client-rpc/failures", failures);
  g_test_add_func ("/livekit/client-rpc/requests", requests);
  return g_test_run ();
}
