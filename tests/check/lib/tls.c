/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The shared database of authorities: judges as the one below it does, and
 * becomes the default of the process when asked to.
 */
#include <gst-voice/tls.h>

#include "http-harness.h"

static GTlsDatabase *
default_database (void)
{
  return g_tls_backend_get_default_database (g_tls_backend_get_default ());
}

static GTlsCertificateFlags
judge (GTlsDatabase * database, const gchar * host)
{
  GTlsCertificate *certificate = g_tls_certificate_new_from_file (PEER_PEM,
      NULL);
  GSocketConnectable *identity = g_network_address_new (host, 443);
  GTlsCertificateFlags flags = g_tls_database_verify_chain (database,
      certificate, G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, identity, NULL,
      G_TLS_DATABASE_VERIFY_NONE, NULL, NULL);

  g_object_unref (identity);
  g_object_unref (certificate);
  return flags;
}

static void
judges_by_the_machine (void)
{
  GTlsDatabase *database = gst_voice_tls_get_database (NULL);

  g_assert_cmpint (judge (database, "127.0.0.1"), ==,
      G_TLS_CERTIFICATE_UNKNOWN_CA);
  g_assert_cmpint (judge (database, "10.0.0.1"), ==,
      G_TLS_CERTIFICATE_UNKNOWN_CA | G_TLS_CERTIFICATE_BAD_IDENTITY);
  g_object_unref (database);
}

static void
judges_by_the_file (void)
{
  GTlsDatabase *database;

  g_setenv ("GST_VOICE_CA_FILE", PEER_PEM, TRUE);
  database = gst_voice_tls_get_database (NULL);
  g_assert_cmpint (judge (database, "127.0.0.1"), ==, 0);
  g_assert_cmpint (judge (database, "10.0.0.1"), ==,
      G_TLS_CERTIFICATE_BAD_IDENTITY);
  g_object_unref (database);
  g_unsetenv ("GST_VOICE_CA_FILE");
}

static void
file_that_is_none (void)
{
  GTlsDatabase *before = default_database (), *after;
  GError *error = NULL;

  g_setenv ("GST_VOICE_CA_FILE", "no/such/file", TRUE);
  g_assert_null (gst_voice_tls_get_database (&error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_INTERNAL);
  g_clear_error (&error);
  g_assert_false (gst_voice_tls_share_database (&error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_INTERNAL);
  g_error_free (error);
  after = default_database ();
  g_assert_true (before == after);
  g_object_unref (before);
  g_object_unref (after);
  g_unsetenv ("GST_VOICE_CA_FILE");
}

static void
looks_up_as_below (void)
{
  GTlsDatabase *database, *below = g_tls_file_database_new (PEER_PEM, NULL);
  GTlsCertificate *certificate = g_tls_certificate_new_from_file (PEER_PEM,
      NULL);
  GTlsCertificate *found;
  GByteArray *name = NULL;
  GList *issued, *issued_below;
  gchar *handle, *handle_below;

  g_setenv ("GST_VOICE_CA_FILE", PEER_PEM, TRUE);
  database = gst_voice_tls_get_database (NULL);
  handle = g_tls_database_create_certificate_handle (database, certificate);
  handle_below = g_tls_database_create_certificate_handle (below, certificate);
  g_assert_cmpstr (handle, ==, handle_below);
  found = g_tls_database_lookup_certificate_for_handle (database, handle, NULL,
      G_TLS_DATABASE_LOOKUP_NONE, NULL, NULL);
  g_assert_true (g_tls_certificate_is_same (found, certificate));
  g_object_unref (found);
  found = g_tls_database_lookup_certificate_issuer (database, certificate,
      NULL, G_TLS_DATABASE_LOOKUP_NONE, NULL, NULL);
  g_assert_true (g_tls_certificate_is_same (found, certificate));
  g_object_unref (found);
  name = g_byte_array_new ();
  issued = g_tls_database_lookup_certificates_issued_by (database, name, NULL,
      G_TLS_DATABASE_LOOKUP_NONE, NULL, NULL);
  issued_below = g_tls_database_lookup_certificates_issued_by (below, name,
      NULL, G_TLS_DATABASE_LOOKUP_NONE, NULL, NULL);
  g_assert_cmpuint (g_list_length (issued), ==, g_list_length (issued_below));
  g_list_free_full (issued, g_object_unref);
  g_list_free_full (issued_below, g_object_unref);
  g_byte_array_unref (name);
  g_free (handle);
  g_free (handle_below);
  g_object_unref (certificate);
  g_object_unref (database);
  g_object_unref (below);
  g_unsetenv ("GST_VOICE_CA_FILE");
}

/* The last test: it is for the life of the process. */
static void
shared_by_the_process (void)
{
  GTlsDatabase *ours, *now;
  World w;

  g_setenv ("GST_VOICE_CA_FILE", PEER_PEM, TRUE);
  g_assert_true (gst_voice_tls_share_database (NULL));
  g_assert_true (gst_voice_tls_share_database (NULL));
  ours = gst_voice_tls_get_database (NULL);
  now = default_database ();
  g_assert_true (ours == now);
  g_object_unref (ours);
  g_object_unref (now);

  world_begin_tls (&w, NULL);
  fetch_ok (w.peer, "POST", "/hello", "hello world");
  world_end (&w);
}

int
main (int argc, char **argv)
{
  http_test_init (&argc, &argv);
  g_test_add_func ("/tls/machine", judges_by_the_machine);
  g_test_add_func ("/tls/file", judges_by_the_file);
  g_test_add_func ("/tls/no-file", file_that_is_none);
  g_test_add_func ("/tls/look-up", looks_up_as_below);
  g_test_add_func ("/tls/shared", shared_by_the_process);
  return http_test_run ();
}
