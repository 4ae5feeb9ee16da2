/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a call process takes: an order for a call, or a command.
 */
#include <call-order.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

static void
take_order (const gchar * text, gsize size)
{
  CallOrder order = { 0 }, again = { 0 };
  GError *error = NULL;
  gchar *json;

  if (!call_order_parse (&order, text, size, &error)) {
    g_assert_nonnull (error);
    g_error_free (error);
    return;
  }
  /* It may be too large when it is written anew. */
  json = call_order_to_json (&order, NULL);
  if (json) {
    call_order_parse (&again, json, strlen (json), &error);
    g_assert_no_error (error);
    g_assert_cmpstr (again.call_id, ==, order.call_id);
    g_assert_cmpstr (again.token, ==, order.token);
  }
  g_free (json);
  call_order_clear (&again);
  call_order_clear (&order);
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  CallCommand command;
  gchar *text = NULL;

  take_order ((const gchar *) data, size);
  if (call_command_parse (&command, &text, (const gchar *) data, size, NULL))
    g_assert_cmpint (command, <=, CALL_INTERRUPT);
  g_free (text);
  return 0;
}
