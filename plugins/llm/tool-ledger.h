/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/json.h>

G_BEGIN_DECLS

/* How many writes of a phone call are kept in mind. */
#define TOOL_LEDGER_SIZE 256

/*
 * ToolLedgerState:
 * @TOOL_LEDGER_NEW: nothing is known of such a write: it may be made
 * @TOOL_LEDGER_RUNS: the same is being done
 * @TOOL_LEDGER_UNKNOWN: the same was tried, and may have been done
 * @TOOL_LEDGER_FULL: too many writes may have been done to take another
 */
typedef enum
{
  TOOL_LEDGER_NEW,
  TOOL_LEDGER_RUNS,
  TOOL_LEDGER_UNKNOWN,
  TOOL_LEDGER_FULL,
} ToolLedgerState;

typedef struct _ToolLedger ToolLedger;

ToolLedger *tool_ledger_new (void);
void tool_ledger_free (ToolLedger * ledger);
void tool_ledger_clear (ToolLedger * ledger);
ToolLedgerState tool_ledger_begin (ToolLedger * ledger, const gchar * name,
    JsonNode * arguments, gchar ** key, guint * attempts);
guint tool_ledger_attempt (ToolLedger * ledger, const gchar * key);
void tool_ledger_end (ToolLedger * ledger, const gchar * key, gboolean known);

G_END_DECLS
