/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any bytes as a sentence: tokens that flite can take, one for each word.
 */
#include "flite-text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
check (const FliteToken * token)
{
  if (!*token->written || !g_utf8_validate (token->written, -1, NULL))
    abort ();
  if (token->after && !strchr (".,:;!?", token->after))
    abort ();
  if (!token->name)
    return;
  if (!*token->name || strlen (token->name) > FLITE_TOKEN_MAX)
    abort ();
  for (const gchar * p = token->name; *p; p++) {
    if (*p <= ' ' || *p >= 0x7f)
      abort ();
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *text = g_strndup ((const gchar *) data, size);
  GArray *tokens = flite_text_split (text);

  for (guint i = 0; i < tokens->len; i++)
    check (&g_array_index (tokens, FliteToken, i));
  g_array_unref (tokens);
  g_free (text);
  return 0;
}
