/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * LiveKit's access tokens: JSON Web Tokens (RFC 7519) signed with HS256, the
 * only way the server accepts. Neither a secret nor a token stands in any
 * error message.
 *
 * Threads: any. Locks: none.
 */
#include "jwt.h"

#include <gst-voice/error.h>
#include <string.h>

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define MAX_TOKEN (256 * 1024)
/* The server's bounds, in characters (names) and bytes. */
#define MAX_NAME 256
#define MAX_METADATA (512 * 1024)
#define MAX_ATTRIBUTES (64 * 1024)
#define DIGEST_SIZE 32

static gchar *
fail (const gchar * what, GError ** error)
{
  g_set_error_literal (error, GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH, what);
  return NULL;
}

/* RFC 7515, appendix C: the URL's alphabet, no padding. */
static gchar *
to_base64url (const guint8 * data, gsize size)
{
  gchar *text = g_base64_encode (data, size), *end = strchr (text, '=');

  if (end)
    *end = '\0';
  g_strdelimit (text, "+", '-');
  return g_strdelimit (text, "/", '_');
}

static guint8 *
from_base64url (const gchar * text, gsize length, gsize * size)
{
  GString *padded;
  guint8 *data;

  for (gsize i = 0; i < length; i++) {
    if (!g_ascii_isalnum (text[i]) && text[i] != '-' && text[i] != '_')
      return NULL;
  }
  if (length % 4 == 1)
    return NULL;
  padded = g_string_new_len (text, length);
  g_strdelimit (padded->str, "-", '+');
  g_strdelimit (padded->str, "_", '/');
  while (padded->len % 4 != 0)
    g_string_append_c (padded, '=');
  data = g_base64_decode (padded->str, size);
  g_string_free (padded, TRUE);
  return data;
}

static void
sign (const gchar * secret, const gchar * text, gsize length,
    guint8 digest[DIGEST_SIZE])
{
  GHmac *hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) secret,
      strlen (secret));
  gsize size = DIGEST_SIZE;

  g_hmac_update (hmac, (const guchar *) text, length);
  g_hmac_get_digest (hmac, digest, &size);
  g_hmac_unref (hmac);
}

/* In a time that does not depend on where they differ. */
static gboolean
is_same (const guint8 * a, const guint8 * b, gsize size)
{
  guint8 difference = 0;

  for (gsize i = 0; i < size; i++)
    difference |= a[i] ^ b[i];
  return difference == 0;
}

static void
append_claim (GString * out, const gchar * name, const gchar * value)
{
  if (!value)
    return;
  g_string_append_printf (out, ",\"%s\":", name);
  gst_voice_json_append_string (out, value);
}

static void
append_attributes (GString * out, GHashTable * attributes)
{
  GList *keys = g_hash_table_get_keys (attributes);
  const gchar *separator = "";

  g_string_append (out, ",\"attributes\":{");
  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  for (GList * k = keys; k; k = k->next) {
    g_string_append (out, separator);
    gst_voice_json_append_string (out, k->data);
    g_string_append_c (out, ':');
    gst_voice_json_append_string (out,
        g_hash_table_lookup (attributes, k->data));
    separator = ",";
  }
  g_string_append_c (out, '}');
  g_list_free (keys);
}

static void
append_video (GString * out, const LivekitGrants * grants)
{
  GString *video = g_string_new (NULL);

  if (grants->room_join)
    g_string_append (video, ",\"roomJoin\":true");
  if (grants->room_admin)
    g_string_append (video, ",\"roomAdmin\":true");
  append_claim (video, "room", grants->room);
  if (grants->agent)
    g_string_append (video, ",\"agent\":true");
  if (grants->update_own_metadata)
    g_string_append (video, ",\"canUpdateOwnMetadata\":true");
  g_string_append_printf (out, ",\"video\":{%s}",
      video->len > 0 ? video->str + 1 : "");
  g_string_free (video, TRUE);
}

static gchar *
make_claims (const gchar * key, const LivekitGrants * grants, gint64 now,
    gint64 ttl)
{
  GString *out = g_string_new ("{\"iss\":");

  gst_voice_json_append_string (out, key);
  append_claim (out, "sub", grants->identity);
  g_string_append_printf (out, ",\"nbf\":%" G_GINT64_FORMAT ",\"exp\":%"
      G_GINT64_FORMAT, now, now + ttl);
  append_claim (out, "name", grants->name);
  append_claim (out, "metadata", grants->metadata);
  append_claim (out, "kind", grants->kind);
  if (grants->attributes && g_hash_table_size (grants->attributes) > 0)
    append_attributes (out, grants->attributes);
  append_video (out, grants);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

static gboolean
is_name (const gchar * name)
{
  return !name || (*name && g_utf8_validate (name, -1, NULL)
      && g_utf8_strlen (name, -1) <= MAX_NAME);
}

static gboolean
has_good_attributes (GHashTable * attributes)
{
  GHashTableIter iter;
  gpointer key, value;
  gsize size = 0;

  if (!attributes)
    return TRUE;
  g_hash_table_iter_init (&iter, attributes);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    if (!g_utf8_validate (key, -1, NULL) || !g_utf8_validate (value, -1, NULL))
      return FALSE;
    size += strlen (key) + strlen (value);
  }
  return size <= MAX_ATTRIBUTES;
}

/* What the server would refuse is better said here. */
static const gchar *
complain (const gchar * key, const gchar * secret,
    const LivekitGrants * grants, gint64 ttl)
{
  if (!*key || !g_utf8_validate (key, -1, NULL))
    return "no LiveKit API key";
  if (!*secret)
    return "no LiveKit API secret";
  if (!is_name (grants->identity))
    return "a participant's identity has 1 to 256 characters";
  if (!is_name (grants->room))
    return "a room's name has 1 to 256 characters";
  if (grants->name && *grants->name && !is_name (grants->name))
    return "a participant's name has at most 256 characters";
  if (grants->metadata && (strlen (grants->metadata) > MAX_METADATA
          || !g_utf8_validate (grants->metadata, -1, NULL)))
    return "a participant's metadata are at most 512 KiB of UTF-8";
  if (!has_good_attributes (grants->attributes))
    return "a participant's attributes are at most 64 KiB of UTF-8";
  if (grants->room_join && (!grants->identity || !grants->room))
    return "a token to join needs an identity and a room";
  if (grants->room_admin && !grants->room)
    return "a token for a room's APIs needs the room";
  if (ttl <= 0)
    return "a token must be valid for some time";
  return NULL;
}

/**
 * livekit_jwt_make:
 * @key: the API key: a name, not a secret
 * @secret: the API secret
 * @now: seconds since 1970
 * @ttl: for how many seconds it is valid
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): the token, to be freed with
 *   gst_voice_secret_free ()
 */
gchar *
livekit_jwt_make (const gchar * key, const gchar * secret,
    const LivekitGrants * grants, gint64 now, gint64 ttl, GError ** error)
{
  const gchar *complaint = complain (key, secret, grants, ttl);
  guint8 digest[DIGEST_SIZE];
  gchar *claims, *header, *body, *text, *signature, *token;

  if (complaint)
    return fail (complaint, error);
  claims = make_claims (key, grants, now, ttl);
  header = to_base64url ((const guint8 *) HEADER, strlen (HEADER));
  body = to_base64url ((const guint8 *) claims, strlen (claims));
  text = g_strdup_printf ("%s.%s", header, body);
  sign (secret, text, strlen (text), digest);
  signature = to_base64url (digest, sizeof digest);
  token = g_strdup_printf ("%s.%s", text, signature);
  g_free (signature);
  g_free (text);
  g_free (body);
  g_free (header);
  g_free (claims);
  return token;
}

static JsonNode *
read_part (const gchar * text, gsize length)
{
  gsize size;
  guint8 *data = from_base64url (text, length, &size);
  JsonNode *node;

  if (!data)
    return NULL;
  node = gst_voice_json_parse ((const gchar *) data, size, MAX_TOKEN, 16, NULL);
  g_free (data);
  if (node && !JSON_NODE_HOLDS_OBJECT (node))
    g_clear_pointer (&node, json_node_unref);
  return node;
}

static gboolean
is_hs256 (JsonNode * header)
{
  JsonNode *alg = header ? gst_voice_json_at (header, "/alg") : NULL;

  return alg && JSON_NODE_HOLDS_VALUE (alg)
      && g_strcmp0 (json_node_get_string (alg), "HS256") == 0;
}

static gboolean
is_signed (const gchar * token, const gchar * dot, const gchar * secret)
{
  gsize size = 0;
  guint8 *given = from_base64url (dot + 1, strlen (dot + 1), &size);
  guint8 digest[DIGEST_SIZE];
  gboolean same;

  sign (secret, token, dot - token, digest);
  same = given && size == DIGEST_SIZE && is_same (given, digest, DIGEST_SIZE);
  g_free (given);
  return same;
}

static gboolean
get_time (JsonNode * claims, const gchar * pointer, gint64 * seconds)
{
  JsonNode *node = gst_voice_json_at (claims, pointer);
  gdouble value;

  if (!node || !JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) != G_TYPE_INT64
          && json_node_get_value_type (node) != G_TYPE_DOUBLE))
    return FALSE;
  value = json_node_get_double (node);
  if (!(value >= 0 && value <= 1e12))
    return FALSE;
  *seconds = value;
  return TRUE;
}

/* The claims, whoever made them; @last: the dot before the signature. */
static JsonNode *
split (const gchar * token, const gchar ** last)
{
  const gchar *first = strchr (token, '.');
  JsonNode *header, *claims = NULL;

  *last = first ? strchr (first + 1, '.') : NULL;
  if (!*last || strchr (*last + 1, '.') || strlen (token) > MAX_TOKEN)
    return NULL;
  header = read_part (token, first - token);
  if (is_hs256 (header))
    claims = read_part (first + 1, *last - first - 1);
  g_clear_pointer (&header, json_node_unref);
  return claims;
}

/**
 * livekit_jwt_read:
 * @token: a token
 * @secret: that it must be signed with
 * @now: seconds since 1970; one minute is granted to clocks, as by the server
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): the claims
 */
JsonNode *
livekit_jwt_read (const gchar * token, const gchar * secret, gint64 now,
    GError ** error)
{
  const gchar *dot, *fault = NULL;
  JsonNode *claims = split (token, &dot);
  gint64 expiry, begin;

  if (!claims)
    fault = "this is not a token signed with HS256";
  else if (!is_signed (token, dot, secret))
    fault = "the token was signed with another secret";
  else if (!get_time (claims, "/exp", &expiry))
    fault = "the token does not say when it expires";
  else if (now > expiry + 60)
    fault = "the token has expired";
  else if (get_time (claims, "/nbf", &begin) && now < begin - 60)
    fault = "the token is not valid yet";
  if (!fault)
    return claims;
  g_clear_pointer (&claims, json_node_unref);
  fail (fault, error);
  return NULL;
}

/**
 * livekit_jwt_get_expiry:
 * @token: a token, which need not be ours
 * @expiry: (out): seconds since 1970
 *
 * Returns: whether the token says when it expires; its signature is not looked
 *   at
 */
gboolean
livekit_jwt_get_expiry (const gchar * token, gint64 * expiry)
{
  const gchar *dot;
  JsonNode *claims = split (token, &dot);
  gboolean found = claims && get_time (claims, "/exp", expiry);

  g_clear_pointer (&claims, json_node_unref);
  return found;
}
