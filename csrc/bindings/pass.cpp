// Passes as Python sees them: over complete rows, and over rows grouped by the columns that they lack.
#include "pattern_pass.hpp"
#include "row_pass.hpp"

namespace {

py::array_t<double> expectation(RowPass &pass, Family family, const Doubles &log_weights, const Doubles &means,
                                const Doubles &factors, int threads, bool prune, const Degrees &degrees_of_freedom,
                                const Noise &noise, const Tables &tables) {
    const semigen::ModelView model = pass.view(family, log_weights, means, factors, degrees_of_freedom, noise, tables);
    py::array_t<double> statistics(model.layout().size());
    double *out = statistics.mutable_data();
    without_gil([&](semigen::Interruption &interruption) {
        pass.expectation(model, prune, sensible(threads), interruption, out);
    });
    return statistics;
}

py::array_t<double> class_scores(RowPass &pass, Family family, const Doubles &log_weights, const Doubles &means,
                                 const Doubles &factors, const Integers &class_first, int threads,
                                 const Degrees &degrees_of_freedom, const Tables &tables) {
    const semigen::ModelView model =
        pass.view(family, log_weights, means, factors, degrees_of_freedom, std::nullopt, tables);
    const std::vector<Index> first = classes_of_components(class_first, model.components);
    const auto classes = static_cast<Index>(first.size()) - 1;
    pass.require_all_components(model.components);
    py::array_t<double> scores({pass.positions(), classes});
    const semigen::ClassScores out{scores.mutable_data(), first.data(), classes};
    without_gil(
        [&](semigen::Interruption &interruption) { pass.class_scores(model, out, sensible(threads), interruption); });
    return scores;
}

py::array_t<std::int64_t> likeliest_classes(RowPass &pass, Family family, const Doubles &log_weights,
                                            const Doubles &means, const Doubles &factors, const Integers &class_first,
                                            int threads, const Degrees &degrees_of_freedom, const Tables &tables) {
    const semigen::ModelView model =
        pass.view(family, log_weights, means, factors, degrees_of_freedom, std::nullopt, tables);
    const std::vector<Index> first = classes_of_components(class_first, model.components);
    pass.require_all_components(model.components);
    py::array_t<std::int64_t> codes(pass.positions());
    std::int64_t *out = codes.mutable_data();
    without_gil([&](semigen::Interruption &interruption) {
        pass.likeliest_classes(model, first, sensible(threads), interruption, out);
    });
    return codes;
}

py::object expectation_of_patterns(PatternPass &pass, Family family, const Doubles &log_weights, const Doubles &means,
                                   const Doubles &covariances, const Doubles &factors, int threads, bool prune,
                                   const Degrees &degrees_of_freedom, const Noise &noise, const Tables &tables) {
    const semigen::ModelView model =
        pass.view(family, log_weights, means, covariances, factors, degrees_of_freedom, noise, tables);
    py::array_t<double> statistics(model.layout().size());
    double *out = statistics.mutable_data();
    Index singular = -1;
    without_gil([&](semigen::Interruption &interruption) {
        singular = pass.expectation(model, covariances.data(), prune, sensible(threads), interruption, out);
    });
    return py::make_tuple(statistics, singular);
}

py::object class_scores_of_patterns(PatternPass &pass, Family family, const Doubles &log_weights, const Doubles &means,
                                    const Doubles &covariances, const Doubles &factors, const Integers &class_first,
                                    int threads, const Degrees &degrees_of_freedom, const Tables &tables) {
    const semigen::ModelView model =
        pass.view(family, log_weights, means, covariances, factors, degrees_of_freedom, std::nullopt, tables);
    const std::vector<Index> first = classes_of_components(class_first, model.components);
    const auto classes = static_cast<Index>(first.size()) - 1;
    pass.require_all_components(model.components);
    py::array_t<double> scores({pass.positions(), classes});
    const semigen::ClassScores out{scores.mutable_data(), first.data(), classes};
    Index singular = -1;
    without_gil([&](semigen::Interruption &interruption) {
        singular = pass.class_scores(model, covariances.data(), out, sensible(threads), interruption);
    });
    return py::make_tuple(scores, singular);
}

py::object likeliest_classes_of_patterns(PatternPass &pass, Family family, const Doubles &log_weights,
                                         const Doubles &means, const Doubles &covariances, const Doubles &factors,
                                         const Integers &class_first, int threads, const Degrees &degrees_of_freedom,
                                         const Tables &tables) {
    const semigen::ModelView model =
        pass.view(family, log_weights, means, covariances, factors, degrees_of_freedom, std::nullopt, tables);
    const std::vector<Index> first = classes_of_components(class_first, model.components);
    pass.require_all_components(model.components);
    py::array_t<std::int64_t> codes(pass.positions());
    std::int64_t *out = codes.mutable_data();
    Index singular = -1;
    without_gil([&](semigen::Interruption &interruption) {
        singular = pass.likeliest_classes(model, covariances.data(), first, sensible(threads), interruption, out);
    });
    return py::make_tuple(codes, singular);
}

}  // namespace

void register_pass(py::module_ &module) {
    py::class_<RowPass, std::shared_ptr<RowPass>>(module, "RowPass", py::is_final(), made_by_factories_only())
        .def("expectation", &expectation, py::arg("family"), py::arg("log_weights"), py::arg("means"),
             py::arg("factors"), py::arg("threads"), py::arg("prune") = true,
             py::arg("degrees_of_freedom") = py::none(), py::arg("noise") = py::none(), py::arg("tables") = py::none())
        .def("class_scores", &class_scores, py::arg("family"), py::arg("log_weights"), py::arg("means"),
             py::arg("factors"), py::arg("class_first"), py::arg("threads"), py::arg("degrees_of_freedom") = py::none(),
             py::arg("tables") = py::none())
        .def("likeliest_classes", &likeliest_classes, py::arg("family"), py::arg("log_weights"), py::arg("means"),
             py::arg("factors"), py::arg("class_first"), py::arg("threads"), py::arg("degrees_of_freedom") = py::none(),
             py::arg("tables") = py::none());
    module.def("row_pass",
               &std::make_shared<RowPass, const py::array &, const Doubles &, const Doubles &, const py::object &,
                                 const Integers &, const Doubles &, const py::object &, const py::object &,
                                 const py::object &, const py::object &>,
               py::arg("X"), py::kw_only(), py::arg("centre"), py::arg("scale"), py::arg("order"), py::arg("groups"),
               py::arg("group_weights"), py::arg("weights"), py::arg("log_priors") = py::none(),
               py::arg("component_class") = py::none(), py::arg("cells") = py::none());
    py::class_<PatternPass, std::shared_ptr<PatternPass>>(module, "PatternPass", py::is_final(),
                                                          made_by_factories_only())
        .def("expectation", &expectation_of_patterns, py::arg("family"), py::arg("log_weights"), py::arg("means"),
             py::arg("covariances"), py::arg("factors"), py::arg("threads"), py::arg("prune") = true,
             py::arg("degrees_of_freedom") = py::none(), py::arg("noise") = py::none(), py::arg("tables") = py::none())
        .def("class_scores", &class_scores_of_patterns, py::arg("family"), py::arg("log_weights"), py::arg("means"),
             py::arg("covariances"), py::arg("factors"), py::arg("class_first"), py::arg("threads"),
             py::arg("degrees_of_freedom") = py::none(), py::arg("tables") = py::none())
        .def("likeliest_classes", &likeliest_classes_of_patterns, py::arg("family"), py::arg("log_weights"),
             py::arg("means"), py::arg("covariances"), py::arg("factors"), py::arg("class_first"), py::arg("threads"),
             py::arg("degrees_of_freedom") = py::none(), py::arg("tables") = py::none());
    module.def("pattern_pass",
               &std::make_shared<PatternPass, std::vector<std::shared_ptr<RowPass>>,
                                 const std::vector<std::vector<Index>> &, Index, const std::shared_ptr<RowPass> &>,
               py::arg("passes"), py::arg("observed"), py::arg("features"), py::arg("incomplete") = nullptr);
    module.def("completes_rows", &semigen::completes_rows, py::arg("family"), py::arg("features"));
}
