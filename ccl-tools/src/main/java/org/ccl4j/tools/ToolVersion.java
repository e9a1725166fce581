package org.ccl4j.tools;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of ccl4j that this tool was built from. */
final class ToolVersion implements IVersionProvider {
  private static final String RESOURCE = "version.properties";

  /** Called by picocli. */
  ToolVersion() {}

  static String text() {
    // A resource and not the manifest: it is there for classes that are in no jar, too.
    try (InputStream in = ToolVersion.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + RESOURCE + " is missing");
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String[] getVersion() {
    return new String[] {"ccl " + text() + " (Java " + Runtime.version() + ")"};
  }
}
