/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What waits, what is numbered, what is sent again.
 */
#include <client-data.h>
#include <string.h>

typedef struct
{
  ClientData *data;
  guint room;                   /* packets that the channel takes */
  GString *sent;                /* as words */
} Scene;

static gboolean
take (gpointer user, GBytes * packet)
{
  Scene *s = user;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (packet, &size);
  LivekitData *data;

  if (s->room == 0)
    return FALSE;
  s->room--;
  data = livekit_data_decode (bytes, size, NULL);
  g_assert_nonnull (data);
  g_string_append_printf (s->sent, "%u:", data->sequence);
  if (data->type == LIVEKIT_DATA_DTMF)
    g_string_append_printf (s->sent, "%s ", data->dtmf.digit);
  else if (data->type == LIVEKIT_DATA_STREAM_HEADER)
    g_string_append (s->sent, "begin ");
  else if (data->type == LIVEKIT_DATA_STREAM_CHUNK)
    g_string_append_printf (s->sent, "[%" G_GUINT64_FORMAT ",%"
        G_GSIZE_FORMAT "] ", data->chunk.index,
        g_bytes_get_size (data->chunk.content));
  else if (data->type == LIVEKIT_DATA_STREAM_TRAILER)
    g_string_append_printf (s->sent, "end(%s) ", data->trailer.reason);
  else
    g_string_append (s->sent, "data ");
  livekit_data_free (data);
  return TRUE;
}

static void
set_up (Scene * s)
{
  s->room = G_MAXUINT;
  s->sent = g_string_new (NULL);
  s->data = client_data_new (take, s);
}

static void
tear_down (Scene * s)
{
  client_data_free (s->data);
  g_string_free (s->sent, TRUE);
}

static void
expect (Scene * s, const gchar * sent)
{
  g_assert_cmpstr (s->sent->str, ==, sent);
  g_string_truncate (s->sent, 0);
}

static void
keys (Scene * s, const gchar * digits)
{
  const LivekitEnvelope envelope = { 0 };

  for (; *digits; digits++)
    g_assert_true (client_data_push (s->data,
            livekit_data_encode_dtmf (&envelope, *digits)));
}

static gboolean
push_much (Scene * s, gsize size)
{
  const LivekitEnvelope envelope = { 0 };
  GBytes *payload = g_bytes_new_take (g_malloc0 (size), size);
  gboolean taken = client_data_push (s->data,
      livekit_data_encode_user (&envelope, NULL, payload));

  g_bytes_unref (payload);
  return taken;
}

static void
waiting (void)
{
  Scene s;

  set_up (&s);
  keys (&s, "12");
  expect (&s, "");
  g_assert_true (client_data_is_waiting (s.data));
  s.room = 1;
  client_data_set_ready (s.data, TRUE);
  expect (&s, "1:1 ");
  s.room = 5;
  keys (&s, "3");
  expect (&s, "2:2 3:3 ");
  g_assert_false (client_data_is_waiting (s.data));
  tear_down (&s);
}

static void
numbers (void)
{
  static const guint32 some[] = { 1, 127, 128, 300, 1 << 21, G_MAXUINT32 };
  const LivekitEnvelope envelope = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (some); i++) {
    GBytes *plain = livekit_data_encode_dtmf (&envelope, '#');
    GBytes *numbered = livekit_data_number (plain, some[i]);
    gsize size;
    const guint8 *bytes = g_bytes_get_data (numbered, &size);
    LivekitData *data = livekit_data_decode (bytes, size, NULL);

    g_assert_cmpuint (data->sequence, ==, some[i]);
    g_assert_cmpint (data->type, ==, LIVEKIT_DATA_DTMF);
    livekit_data_free (data);
    g_bytes_unref (numbered);
    g_bytes_unref (plain);
  }
}

static void
resume (void)
{
  Scene s;

  set_up (&s);
  client_data_set_ready (s.data, TRUE);
  keys (&s, "1234");
  expect (&s, "1:1 2:2 3:3 4:4 ");
  client_data_set_ready (s.data, FALSE);
  keys (&s, "5");
  expect (&s, "");
  client_data_resume (s.data, 2);
  s.room = 1;
  client_data_set_ready (s.data, TRUE);
  expect (&s, "3:3 ");
  s.room = 5;
  client_data_flush (s.data);
  expect (&s, "4:4 5:5 ");
  /* The server has everything, and more than there is. */
  client_data_resume (s.data, 5);
  client_data_flush (s.data);
  client_data_resume (s.data, 1000);
  client_data_flush (s.data);
  expect (&s, "");
  tear_down (&s);
}

static void
restart (void)
{
  Scene s;
  const LivekitEnvelope envelope = { 0 };

  set_up (&s);
  client_data_set_ready (s.data, TRUE);
  keys (&s, "1");
  client_data_open_text (s.data, 1, &envelope, "lk.chat", NULL);
  client_data_set_ready (s.data, FALSE);
  keys (&s, "2");
  client_data_open_text (s.data, 2, &envelope, "lk.chat", NULL);
  expect (&s, "1:1 2:begin ");
  client_data_restart (s.data);
  client_data_set_ready (s.data, TRUE);
  expect (&s, "1:2 2:begin ");
  /* The first text has lost its begin, the second has not. */
  client_data_write_text (s.data, 1, "a");
  client_data_close_text (s.data, 1, NULL, NULL);
  expect (&s, "3:end(a piece was lost) ");
  client_data_write_text (s.data, 2, "a");
  client_data_close_text (s.data, 2, NULL, NULL);
  expect (&s, "4:[0,1] 5:end() ");
  tear_down (&s);
}

static void
bounds (void)
{
  const LivekitEnvelope envelope = { 0 };
  Scene s;
  guint taken = 0;

  set_up (&s);
  g_assert_false (push_much (&s, LIVEKIT_DATA_MAX_SIZE));
  g_assert_false (client_data_push (s.data, NULL));
  while (push_much (&s, 60000))
    taken++;
  g_assert_cmpuint (taken, ==, CLIENT_DATA_MAX_WAITING / 60000);
  while (push_much (&s, 100))
    taken++;
  client_data_open_text (s.data, 1, &envelope, "lk.chat", NULL);
  client_data_set_ready (s.data, TRUE);
  g_string_truncate (s.sent, 0);
  client_data_write_text (s.data, 1, "a");
  client_data_close_text (s.data, 1, "gone", NULL);
  g_assert_nonnull (strstr (s.sent->str, ":end(a piece was lost) "));
  /* Only the last of it is kept. */
  client_data_resume (s.data, 0);
  g_string_truncate (s.sent, 0);
  client_data_flush (s.data);
  g_assert_false (g_str_has_prefix (s.sent->str, "1:"));
  g_assert_cmpuint (s.sent->len, >, 0);
  tear_down (&s);
}

static void
many_small (void)
{
  Scene s;
  guint taken = 0;

  set_up (&s);
  while (push_much (&s, 1) && taken < 100000)
    taken++;
  g_assert_cmpuint (taken, ==, 4096);
  tear_down (&s);
}

static void
texts (void)
{
  const LivekitEnvelope envelope = { 0 };
  GString *text = g_string_new (NULL);
  Scene s;

  set_up (&s);
  client_data_set_ready (s.data, TRUE);
  while (text->len < LIVEKIT_DATA_MAX_CHUNK + 10)
    g_string_append (text, "€");
  g_string_prepend (text, "a");
  client_data_open_text (s.data, 7, &envelope, "lk.chat", NULL);
  client_data_write_text (s.data, 7, text->str);
  client_data_write_text (s.data, 7, "");
  client_data_write_text (s.data, 7, "\xff");
  client_data_write_text (s.data, 8, "nobody's");
  client_data_close_text (s.data, 7, "gone", NULL);
  client_data_close_text (s.data, 7, "twice", NULL);
  expect (&s, "1:begin 2:[0,14998] 3:[1,15] 4:[2,3] 5:end(gone) ");
  for (guint i = 0; i < 70; i++)
    client_data_open_text (s.data, i, &envelope, "lk.chat", NULL);
  g_assert_true (g_str_has_suffix (s.sent->str, "69:begin "));
  g_string_free (text, TRUE);
  tear_down (&s);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/livekit/client-data/waiting", waiting);
  g_test_add_func ("/livekit/client-data/numbers", numbers);
  g_test_add_func ("/livekit/client-data/resume", resume);
  g_test_add_func ("/livekit/client-data/restart", restart);
  g_test_add_func ("/livekit/client-data/bounds", bounds);
  g_test_add_func ("/livekit/client-data/many-small", many_small);
  g_test_add_func ("/livekit/client-data/texts", texts);
  return g_test_run ();
}
