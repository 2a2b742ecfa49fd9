#include "pushforward/cli/checks.h"
#include "pushforward/cli/detector_option.h"
#include "pushforward/cli/reading_option.h"
#include "pushforward/cli/run_option.h"
#include "pushforward/cli/verbs.h"
#include "pushforward/core/error.h"
#include "pushforward/detection/guarantee.h"

namespace pushforward::cli {
namespace {

struct CalibrateArguments {
  std::string run, checkpoint = "last", out;
  std::int64_t seed = 0;
  detection::CalibratedDetector::Options options;
  detection::Companions companions;
};

detection::CalibratedDetector calibrate(CalibrateArguments& a) {
  if (a.run.empty()) {
    if (a.options.data.empty())
      throw usage("calibrate: expected a RUN, or --data for a detector without one");
    if (a.options.detector.empty()) a.options.detector = "filter-complexity";
    if (a.out.empty()) throw usage("calibrate: without a RUN, say where to with --out detector.pf");
    return detection::CalibratedDetector::of_images(a.options, static_cast<std::uint64_t>(a.seed));
  }
  if (a.options.reading.resizes() || a.options.reading.mode != data::Reading{}.mode)
    throw usage(
        "calibrate RUN: images are resized as the run's were; --resize is for a detector without one");
  const auto run = models::Run::open(a.run, a.checkpoint);
  if (a.out.empty()) a.out = detection::detector_file(run.folder).string();
  return detection::CalibratedDetector::of_run(run, a.options, a.companions);
}

}  // namespace

void add_calibrate(CLI::App& verb, const Program& program) {
  auto a = std::make_shared<CalibrateArguments>();
  verb.footer(
      list_of_detectors() +
      "\nexamples\n"
      "  pushforward calibrate --data fashion-mnist --out clothes.pf       needs no model: "
      "filter-complexity\n"
      "  pushforward calibrate --data photos/ --resize 64 --out photos.pf  of pictures of any size\n"
      "  pushforward calibrate runs/realnvp --fpr 0.01                     writes runs/realnvp/detector.pf\n"
      "  pushforward calibrate runs/latent --score typicality --data fashion-mnist:test --out d.pf\n"
      "  pushforward calibrate runs/realnvp --precision auto               it then scores in bfloat16\n\n"
      "A flow likes the images it was trained on better than fresh ones. What the run held out is\n"
      "therefore used instead: one half to fit the detector, the other to calibrate it; with --data, all\n"
      "to fit. Images that a companion was trained on never calibrate: runs know the content of their data,\n"
      "so a changed set is refused and a copied image recognised. The file is all that `pushforward detect`\n"
      "and the C library need.\n\n"
      "filter-complexity is weak against images more complicated than the familiar ones, such as noise:\n"
      "against those take combination or likelihood, of a RUN. combination costs eight evaluations of the\n"
      "density an image: its own, and those of its turns and mirror images.\n");
  verb.add_option("RUN", a->run, "A run folder; without one, a detector that needs no model");
  add_checkpoint(verb, a->checkpoint);
  verb.add_option("--score", a->options.detector,
                  "Which score (default: the first that the model serves; without a RUN filter-complexity)")
      ->check(one_of(names_of_detectors()));
  add_companions(verb, a->companions);
  add_precision(verb);
  verb.add_option("--fpr", a->options.false_positive_rate, "The share of familiar images that may be flagged")
      ->capture_default_str();
  verb.add_option("--data", a->options.data,
                  "Familiar images to calibrate on, seen by no one (default: what the run held out)");
  verb.add_option("--seed", a->seed, "Without a RUN: of the division of --data into 4/5 to fit and 1/5")
      ->check(at_least(0))
      ->capture_default_str();
  verb.add_option("--out", a->out, "The file to write (default: RUN/detector.pf)");
  add_reading(verb, a->options.reading);
  verb.callback([a, &program] {
    const auto detector = calibrate(*a);
    detector.save(a->out);
    program.print({to_table(detector, a->out)}, to_json(detector, a->out));
  });
}

}  // namespace pushforward::cli
