package org.ccl4j.core;

import com.google.auto.service.AutoService;
import org.ccl4j.api.Ccl;
import org.ccl4j.api.OpenOptions;
import org.ccl4j.api.Selection;
import org.ccl4j.api.internal.CclFactory;

/** How {@link Ccl#open()} finds this module. */
@AutoService(CclFactory.class)
public final class CoreFactory implements CclFactory {

  /** Called by the service loader. */
  public CoreFactory() {}

  @Override
  public Ccl open(OpenOptions options) {
    return CclImpl.open(Selector.select(options), options.settings());
  }

  @Override
  public Selection survey(OpenOptions options) {
    return Selector.survey(options);
  }
}
