/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the use of a service costs, by `prices.json` in the data folder. It is
 * read once, at first use. It is an object with `currency` and
 * `prices`: `service/model` (the host with the service unless it is the usual
 * one, `openai@localhost:8000/llama`) to an object of numbers: `input`,
 * `cached` (otherwise as `input`) and `output` for a million tokens, likewise
 * `audio-input`, `audio-cached` and `audio-output` (otherwise as those) for
 * tokens of sound, `characters` for a million characters, `minute` for a minute
 * of sound. A key that ends with `-*` is for all that begin so:
 * `deepgram/aura-2-*`.
 *
 * Threads: any. Locks: `lock` guards the table, which does not change, and what
 * was said; a leaf.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "price.h"

#include "data.h"
#include "json.h"

#include <string.h>

#define MAX_UNKNOWN 64
#define MAX_MODEL 256           /* bytes; a service says it */
#define MILLION 1e6

GST_DEBUG_CATEGORY_STATIC (price_debug);
#define GST_CAT_DEFAULT price_debug

static GMutex lock;
static gboolean loaded;         /* lock */
static JsonNode *table;         /* lock; NULL if there is none */
static GHashTable *unknown;     /* lock; said once each */

static JsonNode *
parse_file (const gchar * path)
{
  gchar *text;
  gsize length;
  JsonNode *node;
  GError *error = NULL;

  if (!g_file_get_contents (path, &text, &length, &error)) {
    GST_DEBUG ("no prices: %s", error->message);
    g_error_free (error);
    return NULL;
  }
  node = gst_voice_json_parse (text, length, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, &error);
  g_free (text);
  if (!node) {
    GST_WARNING ("%s: %s; every cost is 0", path, error->message);
    g_error_free (error);
  }
  return node;
}

static JsonObject *
load_locked (void)
{
  JsonNode *prices;

  if (!loaded) {
    gchar *path = gst_voice_data_path ("prices.json");

    GST_DEBUG_CATEGORY_INIT (price_debug, "voice-price", 0, "prices");
    loaded = TRUE;
    table = parse_file (path);
    g_free (path);
  }
  prices = table ? gst_voice_json_at (table, "/prices") : NULL;
  return prices && JSON_NODE_HOLDS_OBJECT (prices) ?
      json_node_get_object (prices) : NULL;
}

/* A model's dated version, `gpt-4o-2024-08-06`, costs what the model does; each
 * voice of a family what the family does. */
static JsonObject *
find_locked (JsonObject * prices, const gchar * service, const gchar * model)
{
  gchar *key = g_strconcat (service, "/", model, NULL), *dash, *family;
  JsonNode *node = json_object_get_member (prices, key);
  gboolean dated = TRUE;

  while (!node && (dash = strrchr (key, '-')) && strchr (dash, '/') == NULL) {
    dated &= g_ascii_isdigit (dash[1]);
    *dash = '\0';
    family = g_strconcat (key, "-*", NULL);
    node = dated ? json_object_get_member (prices, key) : NULL;
    if (!node)
      node = json_object_get_member (prices, family);
    g_free (family);
  }
  g_free (key);
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) :
      NULL;
}

static gdouble
number (JsonObject * price, const gchar * name, gdouble otherwise)
{
  JsonNode *node = json_object_get_member (price, name);
  gdouble value = node && JSON_NODE_HOLDS_VALUE (node) ?
      json_node_get_double (node) : otherwise;

  return value >= 0 ? value : 0;
}

static void
say_once_locked (const gchar * service, const gchar * model)
{
  gchar *key = g_strconcat (service, "/", model, NULL);

  if (!unknown)
    unknown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (g_hash_table_size (unknown) < MAX_UNKNOWN
      && !g_hash_table_contains (unknown, key)) {
    GST_DEBUG ("%s has no price in prices.json: its cost is told as 0", key);
    g_hash_table_add (unknown, g_steal_pointer (&key));
  }
  g_free (key);
}

static gdouble
price_tokens (JsonObject * price, const GstVoiceAmount * amount)
{
  gdouble input = number (price, "input", 0);
  gdouble cached = number (price, "cached", input);
  gdouble output = number (price, "output", 0);
  gdouble audio_input = number (price, "audio-input", input);
  guint n_cached = MIN (amount->tokens_cached, amount->tokens_in);
  guint n_fresh = amount->tokens_in - n_cached;
  guint audio_cached = MIN (amount->audio_tokens_cached, n_cached);
  guint audio_fresh = MIN (amount->audio_tokens_in
      - MIN (audio_cached, amount->audio_tokens_in), n_fresh);
  guint audio_out = MIN (amount->audio_tokens_out, amount->tokens_out);

  return ((n_fresh - audio_fresh) * input + audio_fresh * audio_input
      + (n_cached - audio_cached) * cached
      + audio_cached * number (price, "audio-cached", audio_input)
      + (amount->tokens_out - audio_out) * output
      + audio_out * number (price, "audio-output", output)) / MILLION;
}

/**
 * gst_voice_price:
 * @service: such as `openai`, see gst_voice_provider_service()
 * @model: (nullable): which of its models
 * @amount: how much was used
 *
 * Returns: what that costs, in the currency of the prices; 0 if there is no
 *   price
 */
gdouble
gst_voice_price (const gchar * service, const gchar * model,
    const GstVoiceAmount * amount)
{
  JsonObject *prices, *price;
  gdouble cost = 0;

  g_mutex_lock (&lock);
  prices = load_locked ();
  if (model && strlen (model) > MAX_MODEL)
    model = NULL;
  price = prices && model ? find_locked (prices, service, model) : NULL;
  if (price) {
    cost = price_tokens (price, amount)
        + amount->characters * number (price, "characters", 0) / MILLION
        + (gdouble) amount->audio / (60 * GST_SECOND) * number (price,
        "minute", 0);
  } else {
    say_once_locked (service, model ? model : "");
  }
  g_mutex_unlock (&lock);
  return cost;
}
