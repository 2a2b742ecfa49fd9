#include "pushforward/runs/report.h"

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/random.h"
#include "pushforward/detection/ood_study.h"
#include "pushforward/flows/completion.h"
#include "pushforward/models/edits.h"
#include "pushforward/report/html.h"
#include "pushforward/report/machine.h"
#include "pushforward/runs/curves.h"
#include "pushforward/runs/gallery.h"
#include "pushforward/runs/turing.h"
#include "pushforward/train/metrics_log.h"
#include "pushforward/version.h"

namespace pushforward::runs {
namespace {

constexpr int columns = 10;  // of pictures that belong together

/// A run can be read where its data are not.
void if_data_are_here(report::HtmlReport& page, const std::function<void()>& show) {
  try {
    show();
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    page.paragraph(fmt::format("Not shown: {}", error.what()));
  }
}

void training(report::HtmlReport& page, const models::Run& run, const std::vector<Json>& metrics) {
  const auto epochs = epoch_table(metrics);
  if (epochs.rows.empty()) return;
  page.section("Training");
  for (const auto& panel : panels(run.model))
    if (const auto plot = curves(panel, metrics); !plot.series.empty())
      page.figure(report::draw(plot), panel.caption);
  page.table(epochs);
}

void images(report::HtmlReport& page, const models::Run& run, std::uint64_t seed) {
  const auto latents = [&] { return nn::generator(stream_key(seed, "sample")); };
  if (const auto made = film(run)) {
    page.image(made->animation, "Samples of fixed latents after every epoch, one after the other",
               "The same latents after every epoch.");
    page.image(made->strip, "Samples of fixed latents, a column an epoch",
               "The same latents, a column an epoch.");
  }
  page.image(grid(run.pixels(run.model.sampler->sample(64, {}, latents()))), "64 samples", "64 samples.");
  const std::vector<double> temperatures{0, 0.5, 0.7, 0.85, 1, 1.15};
  page.image(grid(run.pixels(at_temperatures(run, temperatures, columns, latents())), columns),
             "Samples at several temperatures",
             fmt::format("The same latents at temperatures {}, a row each: what they are multiplied by.",
                         fmt::join(temperatures, ", ")));
  page.image(walks(run), "Walks between pairs of latents",
             "Eight walks from one latent to another, along the great circle.");
}

/// A page of its own, since this one has no script.
void turing(report::HtmlReport& page, const models::Run& run, std::uint64_t seed) {
  const auto& language = report::Texts::of("en");
  const auto file = turing_file(run);
  const auto real = real_images(run, language);
  const auto n = std::min<std::int64_t>(40, 2 * real.values.size(0));
  write_file(file, report::turing_page(turing_test(run, real, n, seed, language), language));
  page.link(file.filename().string(), language("turing.link"));
}

void samples(report::HtmlReport& page, const models::Run& run, std::uint64_t seed) {
  page.section("Samples");
  if (!run.shape().points()) {
    images(page, run, seed);
    return if_data_are_here(page, [&] { turing(page, run, seed); });
  }
  if (run.shape().numbers != 2) {
    page.paragraph("Only points in the plane are drawn.");
    return;
  }
  const auto x = run.model.sampler->sample(10'000, {}, nn::generator(stream_key(seed, "sample")));
  page.figure(scatter(run, x), run.model.density ? "10,000 samples beside the data, and the density."
                                                 : "10,000 samples beside the data.");
}

void edits(report::HtmlReport& page, const models::Run& run, std::uint64_t seed) {
  const auto [set, seen] = shown(run);
  page.paragraph(seen ? "Images that it was trained on." : "Held-out images.");
  const auto images = shuffled(set, seed);
  const auto show = [&](const at::Tensor& pictures, const char* alt, const char* caption) {
    page.image(grid(run.pixels(pictures.flatten(0, 1)), static_cast<int>(pictures.size(1))), alt, caption);
  };
  const auto rows = std::min<std::int64_t>(8, images.values.size(0) / 2);
  if (rows > 0)
    show(models::walk_between(run.model, models::first(images, rows), models::slice(images, rows, 2 * rows),
                              columns),
         "Walks between pairs of images",
         "Walks from one image to another, along the great circle between their latents.");
  if (images.labels.defined())
    show(models::moved_to_all(run.model, images), "An image of every class moved to every class",
         run.model.density->classes() > 0 ? "An image of every class, a row each, plus the difference of the "
                                            "classes' mean latents, and under "
                                            "the label of each, a column each: on the diagonal as it is."
                                          : "An image of every class, a row each, plus the difference of the "
                                            "classes' mean latents, a column "
                                            "each: on the diagonal as it is.");
  if (flows::completes(*run.model.density->flow))
    show(models::completions(run.model, models::first(images, 8), columns, 1,
                             nn::generator(stream_key(seed, "completion"))),
         "Completions of the upper halves of images",
         "Images, the half that is given, and completions of that half.");
}

/// What becomes of images in a flow.
void edited(report::HtmlReport& page, const models::Run& run, std::uint64_t seed) {
  page.section("What becomes of images");
  if_data_are_here(page, [&] { edits(page, run, seed); });
}

void reconstructed(report::HtmlReport& page, const models::Run& run) {
  page.section("Reconstructions");
  const auto [set, seen] = shown(run);
  page.image(reconstructions(run, set.values.slice(0, 0, 64)), "Images over their reconstructions",
             seen ? "Images that it was trained on, over their reconstructions."
                  : "Held-out images over their reconstructions.");
}

std::string verdict(const detection::OodStudy& study) {
  std::string missed, inverted;
  for (const auto& s : study.separations) {
    if (s.detector != "likelihood") continue;
    const auto text = fmt::format("{} (AUROC {:.3f})", s.out, s.roc.auroc.value);
    if (s.roc.auroc.value < 0.5)
      inverted += (inverted.empty() ? "" : ", ") + text;
    else if (s.roc.auroc.value < 0.95)
      missed += (missed.empty() ? "" : ", ") + text;
  }
  std::string text = "Higher log-likelihood is not the same as more like the training data. ";
  if (!inverted.empty())
    text +=
        "Judged by raw likelihood the model finds these more likely than its own images: " + inverted + ". ";
  if (!missed.empty()) text += "Raw likelihood confuses with its own images: " + missed + ". ";
  if (inverted.empty() && missed.empty())
    text += "On these sets raw likelihood separates well (every AUROC is at least 0.95). ";
  return text + "Typicality asks how far from the usual log-likelihood an image is, on either side.";
}

void detection(report::HtmlReport& page, const detection::OodStudy& study) {
  page.section(study.likelihood ? "Likelihood and out-of-distribution detection"
                                : "Out-of-distribution detection");
  if (study.likelihood) {
    page.paragraph(verdict(study));
    page.table(detection::likelihood_table(study));
    page.figure(report::draw(histogram(study)), "Log-likelihood of every image, as densities.");
  }
  page.table(detection::separation_table(study));
  std::string drawn;
  for (const auto& s : study.separations) {
    if (s.detector == drawn) continue;
    drawn = s.detector;
    page.figure(report::draw(detection::roc_plot(study, drawn)), "Score: " + drawn + ".");
  }
}

}  // namespace

std::filesystem::path write_report(const models::Run& run) {
  const auto data = models::read_data(run.config);
  const auto settings = models::read_train(run.config);
  const auto metrics = train::read_metrics(run.folder.metrics());
  report::HtmlReport page(fmt::format("{} on {}", run.model.name, data.set.text()),
                          fmt::format("{} · seed {} · {} parameters", run.folder.path().filename().string(),
                                      settings.seed, run.model.parameters));
  if (const auto words = run.model.verdict(metrics); !words.empty()) page.section("Verdict").bullets(words);
  training(page, run, metrics);
  if (run.model.sampler) samples(page, run, settings.seed);
  if (run.model.density && !run.shape().points()) edited(page, run, settings.seed);
  if (run.model.codec) reconstructed(page, run);
  if (const auto study = detection::load_ood_study(run.folder)) detection(page, *study);
  page.section("Configuration").code(run.config.resolved());
  page.section("Machine").key_values(report::machine(version));
  page.write(run.folder.report());
  return run.folder.report();
}

}  // namespace pushforward::runs
