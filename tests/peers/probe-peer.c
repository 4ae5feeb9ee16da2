/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands in for what the services tell to anybody with a key and at no cost:
 * `gst-voice check --online` asks for it.
 *
 * Threads: the peer's.
 */
#include "provider-protocol.h"

#include <string.h>

typedef struct
{
  const gchar *path;            /* the end of it */
  const gchar *header, *scheme; /* where the key stands */
  const gchar *answer;
} Row;

/* Of two with the same path, the one whose key is there; else the first. */
static const Row rows[] = {
  {"/v1/projects", "authorization", "Token ",
      "{'projects':[{'project_id':'p','name':'stand-in'}]}"},
  {"/v1beta/models", "x-goog-api-key", "",
      "{'models':[{'name':'models/stand-in'}]}"},
  {"/models", "authorization", "Bearer ",
      "{'object':'list','data':[{'id':'stand-in','object':'model'}]}"},
  {"/models", "x-goog-api-key", "", "{'models':[{'name':'models/stand-in'}]}"},
  {"/voices", "authorization", "Bearer ", "{'data':[],'has_more':false}"},
  {"/voices", "x-api-key", "", "{'data':[],'has_more':false}"},
  {"/voices", "xi-api-key", "", "{'voices':[]}"},
  {"/user", "xi-api-key", "", "{'user_id':'u'}"},
  {"/v3/token", "authorization", "",
      "{'token':'t','expires_in_seconds':60}"},
};

static const Row *
row_of (const ProviderRequest * request)
{
  const Row *first = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (!g_str_has_suffix (request->path, rows[i].path))
      continue;
    if (g_hash_table_contains (request->headers, rows[i].header))
      return &rows[i];
    if (!first)
      first = &rows[i];
  }
  return first;
}

static gboolean
serves (const ProviderRequest * request)
{
  return !request->socket && !strcmp (request->method, "GET")
      && row_of (request);
}

static const gchar *
key (ProviderExchange * x)
{
  const Row *row = row_of (provider_request (x));

  return provider_key_behind (x, row->header, row->scheme);
}

static void
begin (ProviderExchange * x)
{
  provider_answer (x, "%s", provider_keep (x, g_strdelimit (g_strdup (row_of
                  (provider_request (x))->answer), "'", '"')));
}

static void
refuse (ProviderExchange * x, guint status)
{
  provider_refuse (x, status, "{'error':{'message':'refused with %u'}}",
      status);
}

const ProviderProtocol probe_protocol = {
  .name = "probe",
  .serves = serves,
  .key = key,
  .begin = begin,
  .refuse = refuse,
};
