/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * livekit-token make KEY SECRET IDENTITY ROOM: prints a token of ours.
 * livekit-token read SECRET TOKEN: prints a token's claims, or fails.
 */
#include <jwt.h>
#include <stdio.h>
#include <string.h>

static int
make (char **argv)
{
  GHashTable *attributes = g_hash_table_new (g_str_hash, g_str_equal);
  LivekitGrants grants = {.identity = argv[2],.room = argv[3],
    .room_join = TRUE,.agent = TRUE,.kind = "agent",.name = "Ä \"ʎ\"",
    .metadata = "{\"a\": 1}",.attributes = attributes,
    .update_own_metadata = TRUE
  };
  GError *error = NULL;
  gchar *token;

  g_hash_table_insert (attributes, (gpointer) "lk.agent.state",
      (gpointer) "initializing");
  token = livekit_jwt_make (argv[0], argv[1], &grants,
      g_get_real_time () / G_USEC_PER_SEC, 600, &error);
  g_hash_table_unref (attributes);
  printf ("%s\n", token ? token : error->message);
  g_clear_error (&error);
  g_free (token);
  return token == NULL;
}

static int
read_token (char **argv)
{
  GError *error = NULL;
  JsonNode *claims = livekit_jwt_read (argv[1], argv[0],
      g_get_real_time () / G_USEC_PER_SEC, &error);
  gchar *text;

  if (!claims) {
    printf ("%s\n", error->message);
    g_error_free (error);
    return 1;
  }
  text = gst_voice_json_to_string (claims);
  printf ("%s\n", text);
  g_free (text);
  json_node_unref (claims);
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc == 6 && strcmp (argv[1], "make") == 0)
    return make (argv + 2);
  if (argc == 4 && strcmp (argv[1], "read") == 0)
    return read_token (argv + 2);
  return 2;
}
