/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Access tokens: a vector made by hand with openssl, what is refused, and that
 * no secret is told.
 */
#include <gst-voice/error.h>
#include <jwt.h>
#include <string.h>

#define KEY "APIkey"
#define SECRET "correct horse battery staple 012"
#define NOW G_GINT64_CONSTANT (1700000000)
/* The claims are {"iss":"APIkey","sub":"a\"gent","nbf":1700000000,
 * "exp":1700003600,"video":{"roomJoin":true,"room":"r"}}. */
#define VECTOR \
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJBUElrZXkiLCJzdWIiOiJ" \
    "hXCJnZW50IiwibmJmIjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDM2MDAsInZpZGVvIjp" \
    "7InJvb21Kb2luIjp0cnVlLCJyb29tIjoiciJ9fQ.q18Z0S6XEC6WJOSqi6nuow5UA7mz" \
    "BhKwvPpPOXOqGKo"

static gchar *
make (const LivekitGrants * grants)
{
  GError *error = NULL;
  gchar *token = livekit_jwt_make (KEY, SECRET, grants, NOW, 3600, &error);

  g_assert_no_error (error);
  return token;
}

/* printf '%s.%s' HEADER CLAIMS | openssl dgst -sha256 -hmac SECRET -binary */
static void
vector (void)
{
  LivekitGrants grants = {.identity = "a\"gent",.room = "r",.room_join = TRUE };
  gchar *token = make (&grants);

  g_assert_cmpstr (token, ==, VECTOR);
  g_free (token);
}

static void
check (JsonNode * claims, const gchar * pointer, const gchar * expected)
{
  JsonNode *node = gst_voice_json_at (claims, pointer);
  gchar *text = node ? gst_voice_json_to_string (node) : NULL;

  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

static void
claims_of_an_admin (void)
{
  LivekitGrants grants = {.room = "r",.room_admin = TRUE }, nowhere = {
    .room_admin = TRUE
  };
  gchar *token = make (&grants);
  JsonNode *node = livekit_jwt_read (token, SECRET, NOW, NULL);
  GError *error = NULL;

  check (node, "/video", "{\"roomAdmin\":true,\"room\":\"r\"}");
  json_node_unref (node);
  g_free (token);
  g_assert_null (livekit_jwt_make (KEY, SECRET, &nowhere, NOW, 60, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH);
  g_error_free (error);
}

static void
claims_of_a_participant (void)
{
  GHashTable *attributes = g_hash_table_new (g_str_hash, g_str_equal);
  LivekitGrants grants = {.identity = "agent-1",.name = "Änne",
    .metadata = "{}",.kind = "agent",.attributes = attributes,.room = "r 1",
    .room_join = TRUE,.agent = TRUE,.update_own_metadata = TRUE
  };
  GError *error = NULL;
  JsonNode *claims;
  gchar *token;

  g_hash_table_insert (attributes, (gpointer) "k", (gpointer) "v\n");
  g_hash_table_insert (attributes, (gpointer) "a", (gpointer) "");
  token = make (&grants);
  claims = livekit_jwt_read (token, SECRET, NOW, &error);
  g_assert_no_error (error);
  check (claims, "/iss", "\"" KEY "\"");
  check (claims, "/sub", "\"agent-1\"");
  check (claims, "/nbf", "1700000000");
  check (claims, "/exp", "1700003600");
  check (claims, "/name", "\"Änne\"");
  check (claims, "/metadata", "\"{}\"");
  check (claims, "/kind", "\"agent\"");
  check (claims, "/attributes", "{\"a\":\"\",\"k\":\"v\\n\"}");
  check (claims, "/video", "{\"roomJoin\":true,\"room\":\"r 1\","
      "\"agent\":true,\"canUpdateOwnMetadata\":true}");
  json_node_unref (claims);
  g_free (token);
  g_hash_table_unref (attributes);
}

static void
claims_of_a_worker (void)
{
  LivekitGrants grants = {.agent = TRUE };
  gchar *token = make (&grants);
  JsonNode *claims = livekit_jwt_read (token, SECRET, NOW, NULL);

  check (claims, "/sub", NULL);
  check (claims, "/video", "{\"agent\":true}");
  json_node_unref (claims);
  g_free (token);
}

static void
expiry (void)
{
  LivekitGrants grants = {.agent = TRUE };
  gchar *token = make (&grants);
  gint64 when;

  g_assert_true (livekit_jwt_get_expiry (token, &when));
  g_assert_cmpint (when, ==, NOW + 3600);
  g_assert_false (livekit_jwt_get_expiry ("", &when));
  g_assert_false (livekit_jwt_get_expiry ("a.b.c", &when));
  g_free (token);
}

static void
refuse_reading (const gchar * token, const gchar * secret, gint64 now,
    const gchar * what)
{
  GError *error = NULL;

  g_assert_null (livekit_jwt_read (token, secret, now, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH);
  g_assert_cmpstr (error->message, ==, what);
  g_error_free (error);
}

static void
not_read (void)
{
  static const gchar no_token[] = "this is not a token signed with HS256";
  LivekitGrants grants = {.agent = TRUE };
  gchar *token = make (&grants), *changed = g_strdup (token), *longer;

  refuse_reading (token, "other", NOW, "the token was signed with another "
      "secret");
  refuse_reading (token, SECRET, NOW + 3661, "the token has expired");
  refuse_reading (token, SECRET, NOW - 61, "the token is not valid yet");
  changed[strlen (changed) - 5] ^= 1;
  refuse_reading (changed, SECRET, NOW, "the token was signed with another "
      "secret");
  *(strrchr (changed, '.') + 1) = '\0';
  refuse_reading (changed, SECRET, NOW, "the token was signed with another "
      "secret");
  longer = g_strconcat (token, ".x", NULL);
  refuse_reading (longer, SECRET, NOW, no_token);
  refuse_reading ("", SECRET, NOW, no_token);
  refuse_reading ("..", SECRET, NOW, no_token);
  refuse_reading ("a.b", SECRET, NOW, no_token);
  refuse_reading ("?.?.?", SECRET, NOW, no_token);
  /* {"alg":"none"}.{"exp":9999999999}. */
  refuse_reading ("eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9.", SECRET, NOW,
      no_token);
  g_free (longer);
  g_free (changed);
  g_free (token);
}

static void
refuse_making (const gchar * key, const gchar * secret, LivekitGrants grants,
    gint64 ttl)
{
  GError *error = NULL;

  g_assert_null (livekit_jwt_make (key, secret, &grants, NOW, ttl, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH);
  if (*secret)
    g_assert_null (strstr (error->message, secret));
  g_error_free (error);
}

static void
not_made (void)
{
  LivekitGrants worker = {.agent = TRUE };
  LivekitGrants nobody = {.room = "r",.room_join = TRUE };
  LivekitGrants nowhere = {.identity = "i",.room_join = TRUE };
  LivekitGrants empty = {.identity = "",.room = "r" };
  gchar *name = g_strnfill (257, 'x');
  LivekitGrants too_long = {.identity = name,.room = "r" };
  LivekitGrants not_text = {.identity = "i",.metadata = "\xff" };

  refuse_making ("", SECRET, worker, 60);
  refuse_making (KEY, "", worker, 60);
  refuse_making (KEY, SECRET, worker, 0);
  refuse_making (KEY, SECRET, nobody, 60);
  refuse_making (KEY, SECRET, nowhere, 60);
  refuse_making (KEY, SECRET, empty, 60);
  refuse_making (KEY, SECRET, too_long, 60);
  refuse_making (KEY, SECRET, not_text, 60);
  g_free (name);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jwt/vector", vector);
  g_test_add_func ("/jwt/participant", claims_of_a_participant);
  g_test_add_func ("/jwt/claims-of-an-admin", claims_of_an_admin);
  g_test_add_func ("/jwt/worker", claims_of_a_worker);
  g_test_add_func ("/jwt/expiry", expiry);
  g_test_add_func ("/jwt/not-read", not_read);
  g_test_add_func ("/jwt/not-made", not_made);
  return g_test_run ();
}
