package org.ccl4j.fake;

import java.io.IOException;
import java.net.URL;
import java.util.Enumeration;
import java.util.Objects;

/** A class path whose service files are replaced by those of a folder of the test resources. */
public final class OtherServices extends ClassLoader {
  private final String folder;

  /**
   * Makes a loader.
   *
   * @param folder has META-INF/services; services that it does not have stay as they are
   */
  public OtherServices(String folder) {
    super(Objects.requireNonNull(OtherServices.class.getClassLoader()));
    this.folder = folder;
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    Enumeration<URL> others = super.getResources(folder + "/" + name);
    return others.hasMoreElements() ? others : super.getResources(name);
  }
}
