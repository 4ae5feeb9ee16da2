/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keys and errors as OpenAI has them.
 *
 * Threads: the peer's.
 */
#include "openai-errors.h"

const gchar *
openai_key (ProviderExchange * x)
{
  return provider_key_behind (x, "authorization", "Bearer ");
}

void
openai_refuse (ProviderExchange * x, guint status)
{
  const gchar *type = status == 429 ? "requests" : status >= 500 ?
      "server_error" : "invalid_request_error";
  const gchar *code = status == 401 ? "invalid_api_key" : status == 403 ?
      "unsupported_country_region_territory" : status == 429 ?
      "rate_limit_exceeded" : status == 404 ? "model_not_found" : "";
  gchar *id = g_strdup_printf ("req_%u", provider_number (x));

  provider_respond (x, "x-request-id", id);
  g_free (id);
  provider_refuse (x, status, "{'error':{'message':'refused with %u',"
      "'type':'%s','param':null,'code':%s%s%s}}", status, type,
      *code ? "\"" : "null", code, *code ? "\"" : "");
}
